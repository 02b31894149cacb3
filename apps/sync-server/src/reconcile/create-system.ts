import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import type { Binding } from './binding.ts';
import { bindStream } from './bound-stream.ts';
import { createCalls } from './calls.ts';
import { type Circuit, createCircuit } from './circuit.ts';
import { recordName } from './draft.ts';
import type { FrozenWrite } from './make-write.ts';
import { createStreamMemory } from './memory.ts';
import { MANY_HEADS } from './push-cycle.ts';
import type { SystemDeclaration } from './reconciler.ts';
import { startStream } from './start-stream.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';
import { createSystemRunner, type SystemRunner } from './system-runner.ts';

/** One system at work. */
export interface RunningSystem {
  readonly reach: SystemReach;
  readonly circuit: Circuit;
  readonly runner: SystemRunner;
  /** Reads what the last process left, then begins. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** What all systems share. */
export interface SystemOptions {
  readonly store: Store;
  /** Bindings of all systems, since they share fields of documents. */
  readonly bindings: readonly Binding[];
  readonly clock: Clock;
  readonly log: Log;
  readonly random: () => number;
  readonly scanEveryMs: number;
}

/** Puts one system together. */
export function createSystem(system: string, declaration: SystemDeclaration, options: SystemOptions): RunningSystem {
  const { store, bindings, clock, log, random, scanEveryMs } = options;
  const { connector, ratePerSecond, timeoutMs, concurrency = 1 } = declaration;
  const control = new AbortController();
  const { signal } = control;
  let answered = false;
  const onAnswer = () => {
    answered = true;
  };
  const calls = createCalls({ system, clock, log, signal, ratePerSecond, timeoutMs, onAnswer });
  const own = bindings.filter((binding) => binding.system === system);
  const streams = new Map(
    own.map((binding): [string, EngineStream] => {
      const bound = bindStream(binding, connector, bindings);
      return [binding.stream, { ...bound, name: binding.stream, memory: createStreamMemory() }];
    }),
  );
  const memory = { quarantined: new Set<string>(), waiting: new Map(), leftSent: false };
  const reach: SystemReach = {
    system,
    store,
    clock,
    log,
    random,
    calls,
    bindings: own,
    streams,
    memory,
    concurrency,
    signal,
  };
  const circuit = createCircuit(system, { store, clock, log, random });
  const runner = createSystemRunner({
    reach,
    circuit,
    check: () => calls.call((context) => connector.check(context)),
    takeAnswered: () => {
      const was = answered;
      answered = false;
      return was;
    },
    abort: () => control.abort(new Error('The sync server is closing.')),
  });
  return {
    reach,
    circuit,
    runner,
    async start() {
      await circuit.load();
      await recall(reach);
      runner.start(
        await Promise.all([...streams.values()].map((stream) => startStream(reach, stream, { scanEveryMs }))),
      );
    },
    async close() {
      await runner.close();
      await connector.close();
    },
  };
}

/** Most quarantined records that are remembered; one beyond them is only released later than it could be. */
const MANY_QUARANTINED = 100_000;

/** Rows that a process left as sent are unknown now, and creates among them may be there under a key nobody has linked. */
async function recall({ store, system, streams, memory }: SystemReach): Promise<void> {
  await store.outboxRecover(system);
  const heads = await store.outboxHeads(system, { now: Number.MAX_SAFE_INTEGER, limit: MANY_HEADS });
  for (const row of heads) {
    const frozen = row.state === 'unknown' ? (row.payload as unknown as FrozenWrite | null) : null;
    if (frozen?.write.op === 'create') streams.get(row.stream)?.memory.createsPending.add(row.seq);
  }
  for (const record of await store.quarantined({ limit: MANY_QUARANTINED })) {
    if (record.system === system) memory.quarantined.add(recordName(record));
  }
}
