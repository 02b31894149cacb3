import { DatastoreError } from '@datastores/core';
import type { Clock } from '../clock.ts';
import type { Connector, Inbound } from '../connectors/connector.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import { type AnsweredQuestion, answerQuestion } from './answer-question.ts';
import type { Binding } from './binding.ts';
import { checkBindings } from './check-bindings.ts';
import {
  type ComparisonOptions,
  type ComparisonRequest,
  type ComparisonState,
  createComparisonRequests,
} from './compare/requests.ts';
import { createSystem, type RunningSystem, type SystemOptions } from './create-system.ts';
import { type Dropped, dropLetter } from './drop-letter.ts';
import { type ExplainRequest, type Explanation, explain } from './explain.ts';
import { type FoundRequest, foundLetter } from './found-letter.ts';
import { type Letter, letterRow, listLetters, type Retried, type RetryRequest, retryLetters } from './letters.ts';
import { openQuestions, type Question } from './questions.ts';
import { createRemapRequests, type RemapState } from './remap-requests.ts';
import { forgetOtherSystems } from './state-board.ts';
import { type ReconcileStatus, reconcileStatus } from './status.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';
import type { Taken } from './take-notices.ts';
import { type UnusedRecord, unusedRecords } from './unused-records.ts';

/** An external system and how it may be called. */
export interface SystemDeclaration {
  readonly connector: Connector;
  /** Calls per second, evenly spaced. Default: as many as there are. */
  readonly ratePerSecond?: number;
  /** Batches of writes handed over at the same time. Default 1. */
  readonly concurrency?: number;
  /** How long one call or one page may take, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** How its webhooks and messages are taken in. */
  readonly notices?: {
    /** How long ids of notices are remembered: as long as the sender may repeat itself. Default 3 days. */
    readonly keepIdsMs?: number;
    /** Most keys of one stream that wait to be read; beyond them senders are asked to come later. Default 100,000. */
    readonly maxWaiting?: number;
  };
}

/** What the engine works with. The store is the caller's and stays open. */
export interface ReconcilerOptions {
  readonly store: Store;
  readonly systems: Readonly<Record<string, SystemDeclaration>>;
  readonly bindings: readonly Binding[];
  readonly clock: Clock;
  readonly log: Log;
  /** A number in [0, 1) for jitter. Default `Math.random`. */
  readonly random?: () => number;
  /** How often streams are scanned whose deletions only a scan can find, in milliseconds. Default 10 minutes. */
  readonly scanEveryMs?: number;
}

/** One stream of a system, or all that can be listed. */
export interface ComparedStreams {
  readonly system: string;
  readonly stream?: string | undefined;
}

/** Keeps the store and the external systems in agreement, in both directions. */
export interface Reconciler {
  /** Takes up the work where the last process left it. */
  start(): Promise<void>;
  /** Pulls one stream, or all of a system, at once; also while the system counts as down. Resolves when it was tried. */
  pullNow(system: string, stream?: string): Promise<void>;
  /** Pushes everything that waits for a system, whatever its strategy. Resolves when it was tried. */
  pushNow(system: string): Promise<void>;
  /** Compares a whole stream and repairs. `allowMassDelete` answers the brakes: the records really are gone. */
  scanNow(system: string, stream: string, options?: ComparisonOptions): Promise<void>;
  /** Compares a whole stream and changes nothing. The report is in the status, also while it is under way. */
  compareNow(system: string, stream: string, options?: ComparisonOptions): Promise<void>;
  /** Begins to compare a stream, or all of a system, and says how it stands. */
  beginComparison(about: ComparedStreams, request: ComparisonRequest): Promise<readonly ComparisonState[]>;
  /** How the comparisons of a stream stand, or of all of a system. */
  comparisons(about: ComparedStreams): Promise<readonly ComparisonState[]>;
  /** Looks at what the mapping of a stream, or of all of a system, would make of the records that are kept. */
  previewRemap(about: ComparedStreams): Promise<readonly RemapState[]>;
  /** Lets mappings go that are held. */
  letRemapGo(about: ComparedStreams): Promise<readonly RemapState[]>;
  /** How the mapping of a stream stands, or those of all of a system. */
  remaps(about: ComparedStreams): Promise<readonly RemapState[]>;
  /** The fields that were changed on both sides and that a person decides. */
  questions(): Promise<readonly Question[]>;
  /** Answers one of them. Throws QUESTION_UNKNOWN, QUESTION_STALE, DOCUMENT_INVALID or DOCUMENT_TOO_LARGE. */
  answer(answered: AnsweredQuestion): Promise<Question>;
  /**
   * Takes in a webhook: what the connector of the system finds named in it is read soon, and is durable when this
   * resolves. Null if there is no such system, or it takes none. Throws what the connector refuses the call with.
   */
  receive(system: string, request: Inbound): Promise<Taken | null>;
  /** The writes that were given up, oldest first; of one system, or of all. */
  letters(query?: { readonly system?: string }): Promise<readonly Letter[]>;
  /** Takes letters up again, see {@link retryLetters}. */
  retry(request: RetryRequest): Promise<Retried>;
  /**
   * Gives a letter up for good, see {@link dropLetter}. Throws LETTER_UNKNOWN, and SYSTEM_UNAVAILABLE where its record
   * cannot be read now; nothing is dropped then.
   */
  drop(writeId: string): Promise<Dropped>;
  /** Settles a letter as applied that somebody has found over there, see {@link foundLetter}. */
  found(request: FoundRequest): Promise<Letter>;
  /** The records that wait for others, and those that cannot be used. */
  unused(): Promise<readonly UnusedRecord[]>;
  /** All that is known of a document, see {@link explain}. */
  explain(request: ExplainRequest): Promise<Explanation>;
  /** Resolves when nothing is running or due. */
  idle(): Promise<void>;
  status(): Promise<ReconcileStatus>;
  /** Ends running calls, waits for what they were part of, and closes the connectors. */
  close(): Promise<void>;
}

/** The engine over a store and its external systems. Throws BINDING_INVALID for bindings that contradict anything. */
export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { store, systems: declared, bindings } = options;
  checkBindings(bindings, declared);
  const systems = new Map<string, RunningSystem>();
  for (const [name, declaration] of Object.entries(declared))
    systems.set(name, createSystem(name, declaration, systemOptions(options)));
  let stopListening = () => {};

  const systemOf = (name: string): RunningSystem => {
    const system = systems.get(name);
    if (system === undefined) throw unknown(`There is no system "${name}".`, systems.keys());
    return system;
  };
  const reaches = () => [...systems.values()].map(({ reach }) => reach);
  const streamOf = (system: RunningSystem, name: string): EngineStream => {
    const stream = system.reach.streams.get(name);
    if (stream === undefined)
      throw unknown(`"${system.reach.system}" has no bound stream "${name}".`, system.reach.streams.keys());
    return stream;
  };

  /** Works on a letter as part of the system's own turn, and goes on with what waited behind it. */
  const settleByHand = async <T>(
    writeId: string,
    work: (reach: SystemReach, stream: EngineStream) => Promise<T>,
  ): Promise<T> => {
    const { system: name, stream } = await letterRow(store, writeId);
    const system = systemOf(name);
    const settled = await system.runner.byHand(() => work(system.reach, streamOf(system, stream)));
    system.runner.pushSoon();
    return settled;
  };

  const allStreams = () => [...systems.values()].flatMap(({ reach }) => [...reach.streams.values()]);
  const requests = createComparisonRequests();
  const comparedOf = ({ system: name, stream }: ComparedStreams) => {
    const system = systemOf(name);
    const listed = [...system.reach.streams.values()].filter(({ stream: source }) => source.scan !== undefined);
    return { system, streams: stream === undefined ? listed : [streamOf(system, stream)] };
  };

  const remaps = createRemapRequests();
  const mappedOf = ({ system: name, stream }: ComparedStreams) => {
    const system = systemOf(name);
    return { system, streams: stream === undefined ? [...system.reach.streams.values()] : [streamOf(system, stream)] };
  };

  return {
    async start() {
      stopListening = store.onCommit((commit) => {
        for (const name of commit.systems) systems.get(name)?.runner.pushSoon();
      });
      await forgetOtherSystems(store, new Set(systems.keys()));
      await Promise.all([...systems.values()].map((system) => system.start()));
    },
    async pullNow(name, stream) {
      const system = systemOf(name);
      const streams = stream === undefined ? [...system.reach.streams.values()] : [streamOf(system, stream)];
      await Promise.all(streams.map((one) => system.runner.pullNow(one)));
    },
    pushNow: async (name) => systemOf(name).runner.pushNow(),
    async scanNow(name, stream, { allowMassDelete = false, full = false } = {}) {
      const system = systemOf(name);
      await system.runner.scanNow(streamOf(system, stream), { allowMassDelete, full });
    },
    async compareNow(name, stream, { allowMassDelete = false, full = false } = {}) {
      const system = systemOf(name);
      await system.runner.compareNow(streamOf(system, stream), { allowMassDelete, full });
    },
    async beginComparison(about, request) {
      const { system, streams } = comparedOf(about);
      requests.begin(system, streams, request);
      return requests.states(system, streams);
    },
    async comparisons(about) {
      const { system, streams } = comparedOf(about);
      return requests.states(system, streams);
    },
    async previewRemap(about) {
      const { system, streams } = mappedOf(about);
      remaps.preview(system, streams);
      return remaps.states(system, streams);
    },
    async letRemapGo(about) {
      const { system, streams } = mappedOf(about);
      await Promise.all(streams.map((stream) => system.runner.letMappingGo(stream)));
      return remaps.states(system, streams);
    },
    async remaps(about) {
      const { system, streams } = mappedOf(about);
      return remaps.states(system, streams);
    },
    questions: () => openQuestions(store, allStreams()),
    answer: (answered) => answerQuestion(store, allStreams(), answered),
    letters: (query = {}) => listLetters(store, query),
    async retry(request) {
      if ('system' in request) systemOf(request.system);
      return retryLetters(store, request, (row) => systems.get(row.system)?.reach.streams.get(row.stream));
    },
    drop: (writeId) => settleByHand(writeId, (reach, stream) => dropLetter(reach, stream, writeId)),
    found: (request) => settleByHand(request.writeId, (reach, stream) => foundLetter(reach, stream, request)),
    unused: () => unusedRecords(store, reaches()),
    explain: (request) => explain({ store, bindings, reaches: reaches() }, request),
    receive: async (name, request) => (await systems.get(name)?.receive?.(request)) ?? null,
    async idle() {
      // What one system did may have given work to another.
      while ([...systems.values()].some(({ runner }) => runner.busy())) {
        await Promise.all([...systems.values()].map(({ runner }) => runner.drained()));
      }
    },
    status: () =>
      reconcileStatus(
        store,
        [...systems.values()].map(({ reach, circuit, maxWaiting }) => ({ reach, state: circuit.state(), maxWaiting })),
      ),
    async close() {
      stopListening();
      await Promise.all([...systems.values()].map((system) => system.close()));
    },
  };
}

function systemOptions({ store, bindings, clock, log, random, scanEveryMs }: ReconcilerOptions): SystemOptions {
  return { store, bindings, clock, log, random: random ?? Math.random, scanEveryMs: scanEveryMs ?? 10 * 60_000 };
}

function unknown(message: string, known: Iterable<string>): DatastoreError {
  const names = [...known].map((name) => `"${name}"`).join(', ');
  return new DatastoreError('CONFIG_INVALID', message, { remedy: `Use one of ${names === '' ? 'none' : names}.` });
}
