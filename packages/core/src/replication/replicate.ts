import { BehaviorSubject, type Observable } from 'rxjs';
import { backoffDelay } from '../backoff.ts';
import { DatastoreError, isDatastoreError } from '../errors.ts';
import type { PushOutcome } from '../protocol/push.ts';
import { startOver } from '../replica/start-over.ts';
import type { Strategy } from '../strategy.ts';
import type { ApplyTarget } from './apply-page.ts';
import { createPacer } from './pacer.ts';
import { pullAll } from './pull.ts';
import { readPullState } from './pull-state.ts';
import { pushAll } from './push.ts';
import { scheduleOf } from './schedule.ts';
import { INITIAL_STATUS, nextStatus, type Status, type StatusEvent } from './status.ts';
import type { Transport } from './transport.ts';

/** What keeps one datastore in step with the server. */
export interface ReplicationOptions {
  readonly target: Omit<ApplyTarget, 'generations'>;
  readonly transport: Transport;
  readonly strategy: Strategy;
  readonly replica: string;
  readonly random: () => number;
  /** True while the stream of pokes is open. */
  readonly streamConnected: () => boolean;
  readonly settled: (outcome: PushOutcome) => void;
}

/** The replication of one datastore. */
export interface Replication {
  readonly status$: Observable<Status>;
  readonly status: () => Status;
  /** Begins; until then nothing is exchanged. */
  start(): void;
  /** The server says that something changed. */
  poked(): void;
  /** The application changed something; `waiting` is the number of its unpushed changes. */
  edited(waiting: number): void;
  /**
   * Exchanges everything now, whatever the strategy says; also leaves `needs-sign-in` and `stopped`. Resolves after the
   * attempt; before the start there is none.
   */
  syncNow(): Promise<void>;
  /** Ends after the step that is running. */
  close(): Promise<void>;
}

const FIRST_RETRY_MS = 500;
const RETRY_CAP_MS = 30_000;

/** Longest wait between two exchanges; a schedule further away is looked at again then. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

/**
 * One loop per datastore: push what is journalled, pull what is new, wait for the next reason. It runs one cycle at a
 * time, and whatever fails is tried again from what is durable; so there is no state to lose in between.
 */
export function createReplication(options: ReplicationOptions): Replication {
  const schedule = scheduleOf(options.strategy);
  const status$ = new BehaviorSubject<Status>(INITIAL_STATUS);
  const abort = new AbortController();
  const pacer = createPacer(attempt);
  /** Until then another tab may be replicating: two at once would overwrite each other's place in the feed. */
  let started = false;
  let pullWanted = true;
  let pullTimer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  function emit(event: StatusEvent): void {
    const next = nextStatus(status$.value, event);
    if (next !== status$.value) status$.next(next);
  }

  async function attempt(): Promise<void> {
    const pull = pullWanted;
    pullWanted = false;
    emit({ type: 'cycle' });
    try {
      await exchange(options, { pull, signal: abort.signal, progress: (page) => emit({ type: 'progress', ...page }) });
      failures = 0;
      emit({ type: 'caught-up', at: options.target.now() });
      const next = schedule.nextMs(options.streamConnected());
      if (next !== null) pullIn(next);
    } catch (error) {
      if (abort.signal.aborted) return;
      pullWanted = true;
      pacer.rest();
      const retry = failed(asDatastoreError(error));
      if (retry !== null) pacer.wakeIn(retry);
    }
  }

  /** The pull of a later time is remembered apart: a push that comes earlier need not pull. */
  function pullIn(ms: number): void {
    clearTimeout(pullTimer);
    pullTimer = setTimeout(() => wakeToPull(), Math.min(ms, LONGEST_WAIT_MS));
  }

  function wakeToPull(): void {
    pullWanted = true;
    pacer.wakeIn(0);
  }

  /** Notes the failure in the status; returns after how long to try again, or null to wait for `syncNow`. */
  function failed(error: DatastoreError): number | null {
    failures += 1;
    const delay = { firstMs: FIRST_RETRY_MS, capMs: RETRY_CAP_MS, random: options.random };
    if (error.code === 'TOKEN_EXPIRED' || error.code === 'TOKEN_INVALID') {
      emit({ type: 'refused-sign-in', error });
      // A function may have fetched a stale token: twice more, then somebody has to sign in.
      return failures < 3 ? backoffDelay(failures, delay) : null;
    }
    if (!error.retryable) {
      emit({ type: 'refused', error });
      return null;
    }
    emit({ type: 'unreachable', error });
    return backoffDelay(failures - 1, delay, error.retryAfterMs);
  }

  const waiting = () => ['offline', 'needs-sign-in', 'stopped', 'closed'].includes(status$.value.state);
  return {
    status$,
    status: () => status$.value,
    start() {
      started = true;
      pacer.wakeIn(0);
    },
    poked() {
      if (!started || !schedule.pullOnPoke || (waiting() && status$.value.state !== 'offline')) return;
      wakeToPull();
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
    async close() {
      abort.abort();
      clearTimeout(pullTimer);
      await pacer.close();
      emit({ type: 'closed' });
      status$.complete();
    },
  };
}

/** One cycle: what is to be exchanged, and who is told. */
interface Cycle {
  readonly pull: boolean;
  readonly signal: AbortSignal;
  readonly progress: (page: { readonly pulled: number; readonly remaining: number }) => void;
}

async function exchange(options: ReplicationOptions, cycle: Cycle): Promise<void> {
  const { target, transport } = options;
  const pull = () => pullAll({ target, transport, progress: cycle.progress }, cycle.signal);
  await target.journal.reload();
  try {
    const reset = await push(options, cycle.signal);
    if (cycle.pull || reset) await pull();
  } catch (error) {
    if (!isDatastoreError(error) || error.code !== 'CHECKPOINT_INVALID') throw error;
    // A position that this server never gave out: start over, once; a second refusal ends the cycle.
    const state = await readPullState(target.journal, target.datastore);
    await target.journal.put([{ ...startOver(state, Object.keys(state.checkpoint ?? {})), checkpoint: null }]);
    await pull();
  }
  await push(options, cycle.signal);
}

/** Pushes what is journalled, unless a scope is being pulled anew. True if the server wants a scope pulled anew first. */
async function push(options: ReplicationOptions, signal: AbortSignal): Promise<boolean> {
  const { target } = options;
  const state = await readPullState(target.journal, target.datastore);
  if (state.resetting.length > 0) return true;
  const reset = await pushAll({ ...options, target: { ...target, generations: state.generations } }, signal);
  if (reset === null) return false;
  // A scope that was lost is not pulled again: the next page names it as dropped, and its documents are removed then.
  const scopes = reset.scopes.filter(({ reason }) => reason !== 'forbidden').map(({ scope }) => scope);
  if (scopes.length > 0) await target.journal.put([startOver(state, scopes)]);
  return true;
}

function asDatastoreError(error: unknown): DatastoreError {
  if (isDatastoreError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new DatastoreError('STORAGE_UNAVAILABLE', `The exchange failed here (${reason}).`, { cause: error });
}
