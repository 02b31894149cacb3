import { SYSTEMS_SCOPE } from '@datastores/core/protocol';
import { canonicalJson, type SystemStateDocument, systemStates } from '@datastores/core/schema';
import type { Store } from '../store/store.ts';
import type { Circuit } from './circuit.ts';
import { systemDocument } from './system-document.ts';
import type { SystemReach } from './system-reach.ts';
import type { Timers } from './timers.ts';

/** Tells replicas the state of one system, by a document that they pull like any other. */
export interface StateBoard {
  /** Begins with what was said last. */
  start(): Promise<void>;
  /** Something was tried, or has changed. */
  touched(): void;
  /** Says nothing more; resolves when nothing is under way. */
  close(): Promise<void>;
}

/** At most so often while something moves; a change of the state itself is told sooner. */
const MOVING_EVERY_MS = 5_000;
const STATE_EVERY_MS = 1_000;

/** How often it is told that there is nothing new: a replica that was offline since must not take the data for older than that. */
const QUIET_EVERY_MS = 60_000;

/**
 * The board of a system. Polls cost no document each: as long as a system is up, replicas count on what its document
 * promises, so it is the break of the promise that has to be told in time.
 */
export function createStateBoard(reach: SystemReach, circuit: Circuit, timers: Timers): StateBoard {
  const { store, clock, system, log } = reach;
  const key = { datastore: systemStates.name, id: system };
  let said: SystemStateDocument | null = null;
  let saidAt = 0;
  let working: Promise<void> | null = null;
  let again = false;
  let closed = true;

  const look = async () => {
    do {
      again = false;
      const now = clock.now();
      const state = circuit.state();
      const backlog = await store.backlog(system);
      const next = systemDocument({ state, streams: reach.streams.values(), backlog, before: said, now });
      const due = saidAt + pauseBetween(said, next);
      if (closed || (said !== null && canonicalJson(next) === canonicalJson(said))) break;
      // A clock that was put back must not silence the board.
      if (due > now && due - now <= QUIET_EVERY_MS) timers.set('tell', due, touched);
      else await tell(next, now);
    } while (again);
    if (!closed && said !== null) watchPromise(said);
  };
  const tell = async (next: SystemStateDocument, now: number) => {
    await store.write({ scope: SYSTEMS_SCOPE, documents: [key] }, (current) => {
      const base = current.document(key)?.version ?? null;
      return { documents: [stateWrite(system, canonicalJson(next), base)], result: undefined };
    });
    said = next;
    saidAt = now;
  };
  /** Nothing may happen at the moment at which a stream becomes late. */
  const watchPromise = ({ streams }: SystemStateDocument) => {
    const ends = [...reach.streams.values()].flatMap(({ name, memory }) => {
      const { withinMs } = streams.find(({ stream }) => stream === name) ?? {};
      const { asOf } = memory.activity;
      const end = (asOf ?? 0) + (withinMs ?? 0) + 1;
      // One that has passed was told already, or waits to be.
      return withinMs === undefined || asOf === null || end <= clock.now() ? [] : [end];
    });
    if (ends.length > 0) timers.set('promise', Math.min(...ends), touched);
  };
  const touched = () => {
    again = true;
    if (closed || working !== null) return;
    working = look()
      .catch((error: unknown) => {
        // Whatever comes next tries again.
        if (!closed) log.warn('system-state-not-told', { system, error });
      })
      .finally(() => {
        working = null;
      });
  };

  return {
    async start() {
      const stored = await store.document(SYSTEMS_SCOPE, key);
      said = stored === null || stored.deleted ? null : (JSON.parse(stored.body) as SystemStateDocument);
      closed = false;
      touched();
    },
    touched,
    async close() {
      closed = true;
      await working;
    },
  };
}

/** Takes away what was said of systems that are not configured any more. */
export async function forgetOtherSystems(store: Store, systems: ReadonlySet<string>): Promise<void> {
  const { rows } = await store.feed({ scope: SYSTEMS_SCOPE, datastore: systemStates.name, ...EVERYTHING });
  const gone = rows.filter(({ id, deleted }) => !deleted && !systems.has(id));
  if (gone.length === 0) return;
  const documents = gone.map(({ id }) => ({ datastore: systemStates.name, id }));
  await store.write({ scope: SYSTEMS_SCOPE, documents }, (current) => ({
    documents: documents.map((key) => stateWrite(key.id, null, current.document(key)?.version ?? null)),
    result: undefined,
  }));
}

/** More systems than one server has. */
const EVERYTHING = { after: 0, maxRows: 10_000, maxBytes: 64 * 1024 * 1024 };

function stateWrite(id: string, body: string | null, base: string | null) {
  const { name: datastore, version: schemaVersion } = systemStates;
  return { datastore, id, body, schemaVersion, author: '@server', base, from: null };
}

/** How long after what was said last something else is told. */
function pauseBetween(said: SystemStateDocument | null, next: SystemStateDocument): number {
  if (said === null) return 0;
  const stateOf = ({ state, streams }: SystemStateDocument) =>
    JSON.stringify([state, streams.map(({ stream, datastore, isTold, late }) => [stream, datastore, isTold, late])]);
  if (stateOf(said) !== stateOf(next)) return STATE_EVERY_MS;
  const restOf = ({ since, streams }: SystemStateDocument) =>
    JSON.stringify([since, streams.map(({ asOf: _, ...rest }) => rest)]);
  return restOf(said) === restOf(next) ? QUIET_EVERY_MS : MOVING_EVERY_MS;
}
