import { DatastoreError, isDatastoreError } from '../errors.ts';
import type { PullState } from '../replica/journal-entry.ts';
import type { Place } from './apply-pokes.ts';
import type { CheckOptions } from './check.ts';
import { type CheckReport, checkReport } from './check-report.ts';
import { savePullState } from './save-pull-state.ts';

/** When a datastore is compared with the server, and how the rest of its replication hears of it. */
export interface SelfCheckOptions extends CheckOptions {
  /** Time between two automatic comparisons, milliseconds; null: only when asked. */
  readonly everyMs: number | null;
  readonly random: () => number;
  /** True while there is nothing else to do. */
  readonly idle: () => boolean;
  /** Has the next cycle run soon. */
  readonly wake: () => void;
  readonly reported: (report: CheckReport) => void;
}

/** Decides when one datastore is compared; the loop of its replication runs the comparison, and nothing beside it. */
export interface SelfCheck {
  /** True until the comparison that is wanted has been made. */
  readonly due: () => boolean;
  /** Wants one at the next occasion. */
  readonly want: () => void;
  /** Wants one now; resolves with what came of it. */
  readonly ask: () => Promise<CheckReport>;
  /** Compares. Returns the state that is stored then, or why nothing was compared; `behind`: it has to be pulled first. */
  readonly run: (place: Place | null, signal: AbortSignal) => Promise<PullState | 'behind' | 'failed'>;
  /** How often the one that is due has been tried, while the rest of the replication worked. */
  readonly attempts: () => number;
  /** The cycle failed: who asked is told. */
  readonly failed: (error: DatastoreError) => void;
  /** Plans the next automatic one. */
  readonly plan: (checkedAt: number | undefined) => void;
  readonly close: () => void;
}

/** Time between two automatic comparisons, milliseconds, where the application does not say. */
export const CHECK_EVERY_MS = 24 * 3_600_000;

/** When something else is to be done, the next occasion is looked for after so long, milliseconds. */
const BUSY_MS = 60_000;

/** After so many times that nothing came of a comparison, it is left for later. */
const MOST_ATTEMPTS = 5;

/** A timer of the platform takes no more milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** See {@link SelfCheck}. Begins nothing by itself before it is planned. */
export function createSelfCheck(options: SelfCheckOptions): SelfCheck {
  const { everyMs, target } = options;
  const waiting: ((report: CheckReport) => void)[] = [];
  let wanted = false;
  let attempts = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let planned = false;
  let closed = false;

  function settle(report: CheckReport): void {
    wanted = false;
    attempts = 0;
    tell(report);
    planIn(spread(1));
  }

  function tell(report: CheckReport): void {
    options.reported(report);
    for (const resolve of waiting.splice(0)) resolve(report);
  }

  function notChecked(error: DatastoreError): CheckReport {
    return checkReport(about(), { error });
  }

  function about() {
    return { datastore: target.datastore.name, at: target.now() };
  }

  /** A part of the interval, give or take a tenth: replicas that were opened together do not ask together for ever. */
  function spread(part: number): number {
    return (everyMs ?? 0) * part * (0.9 + 0.2 * options.random());
  }

  function planIn(ms: number): void {
    clearTimeout(timer);
    if (closed || everyMs === null) return;
    timer = setTimeout(
      () => {
        if (!options.idle()) return planIn(Math.min(BUSY_MS, spread(1)));
        wanted = true;
        options.wake();
      },
      Math.min(ms, LONGEST_TIMER_MS),
    );
  }

  async function run(place: Place | null, signal: AbortSignal): Promise<PullState | 'behind' | 'failed'> {
    try {
      // A page loads it when it compares, about once a day.
      const { checkDatastore } = await import('./check.ts');
      const checked = await checkDatastore(options, place, signal);
      if (checked === 'behind') {
        attempts += 1;
        if (attempts >= MOST_ATTEMPTS) {
          settle(notChecked(new DatastoreError('SERVER_BUSY', 'The server changes too fast to be compared.')));
        }
        return 'behind';
      }
      const state: PullState = { ...checked.state, checkedAt: target.now() };
      await savePullState(target.journal, checked.from, state);
      settle(checkReport(about(), checked));
      return state;
    } catch (error) {
      if (!signal.aborted) failedWith(checkFailure(error));
      return 'failed';
    }
  }

  function failedWith(error: DatastoreError): void {
    attempts += 1;
    if (!error.retryable || attempts >= MOST_ATTEMPTS) settle(notChecked(error));
    else tell(notChecked(error));
  }

  return {
    due: () => wanted,
    want() {
      wanted = true;
    },
    ask() {
      if (closed) return Promise.resolve(notChecked(closedError()));
      wanted = true;
      attempts = 0;
      return new Promise((resolve) => waiting.push(resolve));
    },
    run,
    attempts: () => attempts,
    failed(error) {
      // Not for want of trying: one that was due is made when the server is back.
      attempts = 0;
      if (waiting.length > 0) tell(notChecked(error));
    },
    plan(checkedAt) {
      if (planned || everyMs === null) return;
      planned = true;
      // A replica that was never compared begins somewhere in the interval; a clock that was set back must not put it off.
      const passed = checkedAt === undefined ? 0 : Math.max(0, target.now() - checkedAt);
      planIn(checkedAt === undefined ? spread(options.random()) : Math.max(0, spread(1) - passed));
    },
    close() {
      closed = true;
      clearTimeout(timer);
      for (const resolve of waiting.splice(0)) resolve(notChecked(closedError()));
    },
  };
}

function closedError(): DatastoreError {
  return new DatastoreError('REPLICA_CLOSED', 'The replica was closed before it was compared.');
}

/** Whatever a check failed with, as a DatastoreError. */
function checkFailure(error: unknown): DatastoreError {
  if (isDatastoreError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new DatastoreError('STORAGE_UNAVAILABLE', `The check failed here (${reason}).`, { cause: error });
}
