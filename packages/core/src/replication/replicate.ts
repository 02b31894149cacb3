import { BehaviorSubject, type Observable } from 'rxjs';
import { backoffDelay } from '../backoff.ts';
import { DatastoreError, isDatastoreError } from '../errors.ts';
import type { Poke } from '../protocol/changes.ts';
import type { Strategy } from '../strategy.ts';
import { applyPokes, type Place, placeAfter, placeOf } from './apply-pokes.ts';
import type { CheckReport } from './check-report.ts';
import { type ExchangeOptions, exchange } from './exchange.ts';
import { createPacer } from './pacer.ts';
import type { PulledPage } from './pull.ts';
import { readPullState } from './pull-state.ts';
import { isSuperseded } from './save-pull-state.ts';
import { scheduleOf } from './schedule.ts';
import { CHECK_EVERY_MS, createSelfCheck } from './self-check.ts';
import { INITIAL_STATUS, nextStatus, type Status, type StatusEvent } from './status.ts';

/** What keeps one datastore in step with the server. */
export interface ReplicationOptions extends ExchangeOptions {
  readonly strategy: Strategy;
  readonly random: () => number;
  /** True while the stream of pokes works. */
  readonly streamConnected: () => boolean;
  /** Time between two comparisons with the server, milliseconds; null: none but those that are asked for. Default a day. */
  readonly checkEveryMs?: number | null;
  /** True if the replica may have lost something since it was open the last time. */
  readonly checkAtStart?: boolean;
}

/** The replication of one datastore. */
export interface Replication {
  readonly status$: Observable<Status>;
  readonly status: () => Status;
  /** Begins; until then nothing is exchanged. */
  start(): void;
  /** True if the strategy follows pokes. */
  readonly followsPokes: boolean;
  /** The server says what changed. */
  poked(poke: Poke): void;
  /** The stream of pokes works now, or does not any more. */
  streamChanged(): void;
  /** The application changed something; `waiting` is the number of its unpushed changes. */
  edited(waiting: number): void;
  /**
   * Exchanges everything now, whatever the strategy says; also leaves `needs-sign-in` and `stopped`. Resolves after the
   * attempt; before the start there is none.
   */
  syncNow(): Promise<void>;
  /** Compares with the server now and repairs what differs. Null before the start: another instance replicates. */
  check(): Promise<CheckReport | null>;
  /** Tries again at once what waits for the server to be reached; what waits for a person goes on waiting. */
  wake(): void;
  /** Ends after the step that is running. */
  close(): Promise<void>;
}

const FIRST_RETRY_MS = 500;
const RETRY_CAP_MS = 30_000;

/** Pokes that wait while a cycle is under way; of more it is only known that there is something to pull. */
const MAX_WAITING_POKES = 16;

/** After how long edits are looked for again that had no change of a document yet: longer each time. */
const LOOK_AGAIN_MS = 50;
const LOOK_AGAIN_CAP_MS = 2_000;

/** Longest wait between two exchanges; a schedule further away is looked at again then. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

/**
 * One loop per datastore: apply what pokes bring, push what is journalled, pull what is new, wait for the next reason.
 * It runs one cycle at a time, and whatever fails is tried again from what is durable; so there is no state to lose in
 * between. Pokes wait for a push that is under way: what is newer than its answer must not be applied before it.
 */
export function createReplication(options: ReplicationOptions): Replication {
  const schedule = scheduleOf(options.strategy);
  const status$ = new BehaviorSubject<Status>(INITIAL_STATUS);
  const abort = new AbortController();
  const pacer = createPacer(attempt);
  /** Until then another tab may be replicating: two at once would overwrite each other's place in the feed. */
  let started = false;
  let pullWanted = true;
  /** How far the datastore is; null until a pull has told. */
  let place: Place | null = null;
  let inbox: Poke[] = [];
  let pullTimer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  /** How often in a row an exchange has left edits behind. */
  let left = 0;
  const retryDelays = { firstMs: FIRST_RETRY_MS, capMs: RETRY_CAP_MS, random: options.random };
  const selfCheck = createSelfCheck({
    ...options,
    everyMs: options.checkEveryMs === undefined ? CHECK_EVERY_MS : options.checkEveryMs,
    idle: () => status$.value.state === 'live' && inbox.length === 0,
    wake: () => pacer.wakeIn(0),
    reported: (report) => emit({ type: 'checked', report }),
  });
  if (options.checkAtStart) selfCheck.want();

  function emit(event: StatusEvent): void {
    const next = nextStatus(status$.value, event);
    if (next !== status$.value) status$.next(next);
  }

  async function attempt(): Promise<void> {
    const pokes = inbox;
    inbox = [];
    const asked = pullWanted;
    pullWanted = false;
    emit({ type: 'cycle' });
    try {
      // First of all: what is damaged would be pushed, or make the server start everything over.
      const hasFailed = await checkIfDue();
      const pull = asked || selfCheck.due() || !(await keepsUp(pokes));
      if (pull || hasEdits()) await exchangeFrom(place, pull);
      if (!hasFailed) await checkIfDue();
      if (selfCheck.due()) wakeToPullIn(backoffDelay(selfCheck.attempts(), retryDelays));
      failures = 0;
      lookAgain();
      emit({ type: 'caught-up', at: options.target.now() });
      if (pull) pullLater();
    } catch (error) {
      if (abort.signal.aborted) return;
      place = null;
      pullWanted = true;
      pacer.rest();
      if (isSuperseded(error)) {
        // Read anew what is stored; unless it is this tab's turn no more, which it is told of elsewhere.
        failures += 1;
        return pacer.wakeIn(backoffDelay(failures - 1, retryDelays));
      }
      const failure = asDatastoreError(error);
      selfCheck.failed(failure);
      const retry = failed(failure);
      if (retry !== null) pacer.wakeIn(retry);
    }
  }

  async function exchangeFrom(from: Place | null, pull: boolean): Promise<void> {
    const { target } = options;
    const progress = (page: PulledPage) => emit({ type: 'progress', ...page });
    const known = from?.state ?? (await readPullState(target.journal, target.datastore));
    if (from === null && known.progress !== undefined) {
      progress({ pulled: 0, remaining: status$.value.remaining, progress: known.progress });
    }
    const state = await exchange(options, { pull, state: known, signal: abort.signal, progress });
    place = placeAfter(from, state, target.now());
    // The server is another one than it was, or another state of it.
    if (JSON.stringify(state.generations) !== JSON.stringify(known.generations)) selfCheck.want();
    selfCheck.plan(state.checkedAt);
  }

  /** Nothing else of this datastore is exchanged meanwhile. True if it failed; what with is told in the report. */
  async function checkIfDue(): Promise<boolean> {
    if (!selfCheck.due()) return false;
    const state = await selfCheck.run(place, abort.signal);
    if (state === 'behind' || state === 'failed') return state === 'failed';
    const isAhead = place !== null && place.state.checkpoint === state.checkpoint;
    place = isAhead && place !== null ? { ...place, state } : placeOf(state, options.target.now());
    return false;
  }

  /** Applies pokes. False if they do not go on from what is here. */
  async function keepsUp(pokes: readonly Poke[]): Promise<boolean> {
    if (pokes.length === 0) return true;
    if (place === null) return false;
    const poked = await applyPokes(options.target, place, pokes);
    place = poked.place;
    return !poked.pull;
  }

  /** News of the edits of other tabs may have got lost. */
  function hasEdits(): boolean {
    const { journal, datastore } = options.target;
    return journal.shared || journal.index.edits(datastore.name) > 0;
  }

  /**
   * Another tab may be between the journal entry of an edit and its document, or may have ended there. The document comes
   * without a change of the journal, so nothing would say that the edit can be pushed.
   */
  function lookAgain(): void {
    const { journal, datastore } = options.target;
    const isLeft = journal.shared && schedule.pushAfterMs === 0 && journal.index.edits(datastore.name) > 0;
    left = isLeft ? left + 1 : 0;
    if (isLeft) pacer.wakeIn(Math.min(LOOK_AGAIN_MS * 2 ** (left - 1), LOOK_AGAIN_CAP_MS));
  }

  /** The pull of a later time is remembered apart: a push or a poke that comes earlier need not pull. */
  function pullLater(): void {
    const next = schedule.nextMs(options.streamConnected());
    if (next instanceof Promise) next.then(pullIn, (error: unknown) => failed(asDatastoreError(error)));
    else pullIn(next);
  }

  function pullIn(ms: number | null): void {
    clearTimeout(pullTimer);
    if (ms !== null && !abort.signal.aborted) pullTimer = setTimeout(wakeToPull, Math.min(ms, LONGEST_WAIT_MS));
  }

  function wakeToPull(): void {
    wakeToPullIn(0);
  }

  function wakeToPullIn(ms: number): void {
    pullWanted = true;
    pacer.wakeIn(ms);
  }

  /** Notes the failure in the status; returns after how long to try again, or null to wait for `syncNow`. */
  function failed(error: DatastoreError): number | null {
    failures += 1;
    if (error.code === 'TOKEN_EXPIRED' || error.code === 'TOKEN_INVALID') {
      emit({ type: 'refused-sign-in', error });
      // A function may have fetched a stale token: twice more, then somebody has to sign in.
      return failures < 3 ? backoffDelay(failures, retryDelays) : null;
    }
    if (!error.retryable) {
      emit({ type: 'refused', error });
      return null;
    }
    emit({ type: 'unreachable', error });
    return backoffDelay(failures - 1, retryDelays, error.retryAfterMs);
  }

  const waiting = () => ['offline', 'needs-sign-in', 'stopped', 'closed'].includes(status$.value.state);
  return {
    status$,
    status: () => status$.value,
    start() {
      started = true;
      pacer.wakeIn(0);
    },
    followsPokes: schedule.pullOnPoke,
    poked(poke) {
      if (!started || !schedule.pullOnPoke || (waiting() && status$.value.state !== 'offline')) return;
      if (inbox.length >= MAX_WAITING_POKES) {
        inbox = [];
        pullWanted = true;
      } else inbox.push(poke);
      pacer.wakeIn(0);
    },
    streamChanged() {
      if (started && place !== null) pullLater();
    },
    edited(unpushed) {
      if (!started || unpushed === 0 || waiting()) return;
      if (unpushed >= schedule.pushAtSize) pacer.wakeIn(0);
      else if (schedule.pushAfterMs !== null) pacer.wakeIn(schedule.pushAfterMs);
    },
    async syncNow() {
      if (!started) return;
      failures = 0;
      pullWanted = true;
      await pacer.runNow();
    },
    wake() {
      const { state } = status$.value;
      if (!started || (state !== 'offline' && (waiting() || !schedule.pullOnPoke))) return;
      failures = 0;
      wakeToPull();
    },
    async check() {
      if (!started) return null;
      const report = selfCheck.ask();
      failures = 0;
      await pacer.runNow();
      return report;
    },
    async close() {
      abort.abort();
      selfCheck.close();
      clearTimeout(pullTimer);
      await pacer.close();
      emit({ type: 'closed' });
      status$.complete();
    },
  };
}

function asDatastoreError(error: unknown): DatastoreError {
  if (isDatastoreError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new DatastoreError('STORAGE_UNAVAILABLE', `The exchange failed here (${reason}).`, { cause: error });
}
