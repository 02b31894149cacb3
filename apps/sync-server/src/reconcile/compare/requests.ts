import { DatastoreError } from '@datastores/core';
import type { RunningSystem } from '../create-system.ts';
import { lastComparison } from '../status.ts';
import type { EngineStream } from '../system-reach.ts';
import type { Comparison } from './comparison.ts';

/** How a stream is compared. */
export interface ComparisonOptions {
  /** However many records are gone, or documents have none. Default false. */
  readonly allowMassDelete?: boolean;
  /** Read every record, whatever its digest. Default false. */
  readonly full?: boolean;
}

/** A comparison that somebody asked for. */
export interface ComparisonRequest extends ComparisonOptions {
  readonly repairs: boolean;
}

/** How the comparison of a stream stands. */
export interface ComparisonState {
  readonly system: string;
  readonly stream: string;
  readonly datastore: string;
  /** True while one that was asked for runs or waits for its turn. */
  readonly running: boolean;
  /** The newest one; null: none yet. */
  readonly comparison: Comparison | null;
  /** Why the one that was asked for last has stopped before its end; null: it has not. */
  readonly error: string | null;
}

/** Comparisons by hand. */
export interface ComparisonRequests {
  /** Begins to compare streams. One of the same kind that runs is joined. Throws CONFIG_INVALID for one that cannot be listed. */
  begin(system: RunningSystem, streams: readonly EngineStream[], request: ComparisonRequest): void;
  states(system: RunningSystem, streams: readonly EngineStream[]): Promise<readonly ComparisonState[]>;
}

/** Comparisons of all systems. */
export function createComparisonRequests(): ComparisonRequests {
  const running = new Set<string>();
  const failures = new Map<EngineStream, string>();
  const nameOf = ({ reach }: RunningSystem, { name }: EngineStream, repairs: boolean) =>
    JSON.stringify([reach.system, name, repairs]);

  const run = async (system: RunningSystem, stream: EngineStream, { repairs, ...options }: ComparisonRequest) => {
    const { runner, reach } = system;
    const asked = { allowMassDelete: options.allowMassDelete === true, full: options.full === true };
    const askedAt = reach.clock.now();
    failures.delete(stream);
    await (repairs ? runner.scanNow(stream, asked) : runner.compareNow(stream, asked));
    const last = await lastComparison(reach.store, stream.binding);
    if (last?.repairs === repairs && last.endedAt !== null && last.endedAt >= askedAt) return;
    const { error } = stream.memory.activity;
    failures.set(stream, system.circuit.state().error ?? error ?? `${reach.system} could not be asked.`);
  };

  return {
    begin(system, streams, request) {
      const mute = streams.find(({ stream }) => stream.scan === undefined);
      if (mute !== undefined) throw notListed(system.reach.system, mute.name);
      for (const stream of streams) {
        const name = nameOf(system, stream, request.repairs);
        if (running.has(name)) continue;
        running.add(name);
        // What is asked while the server stops has nobody to tell.
        const failed = (error: unknown) => system.reach.log.debug('comparison-not-told', { error });
        void run(system, stream, request)
          .catch(failed)
          .finally(() => running.delete(name));
      }
    },
    states: (system, streams) =>
      Promise.all(
        streams.map(async (stream) => ({
          system: system.reach.system,
          stream: stream.name,
          datastore: stream.binding.datastore.name,
          running: [true, false].some((repairs) => running.has(nameOf(system, stream, repairs))),
          comparison: await lastComparison(system.reach.store, stream.binding),
          error: failures.get(stream) ?? null,
        })),
      ),
  };
}

function notListed(system: string, stream: string): DatastoreError {
  return new DatastoreError('CONFIG_INVALID', `The records of "${stream}" of "${system}" cannot be listed.`, {
    remedy: 'Compare streams whose connector has scan; this one is kept by what events name.',
  });
}
