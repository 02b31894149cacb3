import type { Clock } from '../clock.ts';
import type { Inbound } from '../connectors/connector.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import type { Binding } from './binding.ts';
import { bindStream } from './bound-stream.ts';
import { createCalls } from './calls.ts';
import { type Circuit, createCircuit } from './circuit.ts';
import { noteCreate } from './creates.ts';
import { recordName } from './draft.ts';
import { type Listening, startListening } from './listen.ts';
import { frozenOf } from './make-write.ts';
import { createStreamMemory, createSystemMemory } from './memory.ts';
import { MANY_HEADS } from './push-cycle.ts';
import { receiveCall } from './receive.ts';
import type { SystemDeclaration } from './reconciler.ts';
import { startStream } from './start-stream.ts';
import { createStateBoard } from './state-board.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';
import { createSystemRunner, type SystemRunner } from './system-runner.ts';
import type { NoticeDesk, Taken } from './take-notices.ts';
import { createTimers } from './timers.ts';

/** One system at work. */
export interface RunningSystem {
  readonly reach: SystemReach;
  readonly circuit: Circuit;
  readonly runner: SystemRunner;
  /** Most keys of a stream that wait to be read before notices are refused. */
  readonly maxWaiting: number;
  /** Judges an inbound call and makes its notices durable; undefined where the connector takes none. */
  readonly receive: ((request: Inbound) => Promise<Taken>) | undefined;
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
  const memory = createSystemMemory();
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
  const boardTimers = createTimers(clock);
  const board = createStateBoard(reach, circuit, boardTimers);
  const runner = createSystemRunner({
    reach,
    circuit,
    check: () => calls.call((context) => connector.check(context)),
    takeAnswered: () => {
      const was = answered;
      answered = false;
      return was;
    },
    tried: () => board.touched(),
    abort: () => control.abort(new Error('The sync server is closing.')),
  });
  const { keepIdsMs = KEEP_IDS_MS, maxWaiting = MAX_WAITING } = declaration.notices ?? {};
  const desk: NoticeDesk = {
    reach,
    offered: new Set(Object.keys(connector.streams)),
    keepIdsMs,
    maxWaiting,
    noticed: (name) => {
      const stream = streams.get(name);
      if (stream !== undefined) runner.noticed(stream);
    },
    changed: (name) => {
      const stream = streams.get(name);
      if (stream !== undefined) runner.changed(stream);
    },
  };
  const { receive, listen } = connector;
  let listening: Listening | null = null;
  return {
    reach,
    circuit,
    runner,
    maxWaiting,
    receive: receive && ((request) => receiveCall(desk, receive.bind(connector), request)),
    async start() {
      await circuit.load();
      await recall(reach);
      if (streams.size > 0) await board.start();
      runner.start(
        await Promise.all([...streams.values()].map((stream) => startStream(reach, stream, { scanEveryMs }))),
      );
      if (listen !== undefined && streams.size > 0) listening = startListening(desk, listen.bind(connector));
    },
    async close() {
      await runner.close();
      boardTimers.close();
      await board.close();
      await listening?.ended();
      await connector.close();
    },
  };
}

/** As long as the most patient of the known senders repeats itself. */
const KEEP_IDS_MS = 3 * 24 * 60 * 60_000;

/** Some minutes of reading for most systems; more is a comparison, and a comparison needs no notices. */
const MAX_WAITING = 100_000;

/** Most quarantined records that are remembered; one beyond them is only released later than it could be. */
const MANY_QUARANTINED = 100_000;

/** Rows that a process left as sent are unknown now, and creates among them and among the dead may be there already. */
async function recall({ store, system, streams, memory }: SystemReach): Promise<void> {
  await store.outboxRecover(system);
  const heads = await store.outboxHeads(system, { now: Number.MAX_SAFE_INTEGER, limit: MANY_HEADS });
  for (const row of [...heads, ...(await store.outboxDead({ system, limit: MANY_HEADS }))]) {
    const stream = streams.get(row.stream);
    if (stream !== undefined) noteCreate(stream.memory.creates, { ...row, frozen: frozenOf(row) });
  }
  for (const record of await store.quarantined({ limit: MANY_QUARANTINED })) {
    if (record.system === system) memory.quarantined.add(recordName(record));
  }
}
