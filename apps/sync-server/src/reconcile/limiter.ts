import type { Clock } from '../clock.ts';

/** Spaces calls to one system evenly: no bursts, since a budget per second is usually counted in finer steps. */
export interface Limiter {
  /** Resolves when the next call may start, or when the signal aborts. */
  turn(signal: AbortSignal): Promise<void>;
  /** The system said that this was too much: half as fast from now on, and back to the full rate within a minute or so. */
  throttled(): void;
  /** Calls a second at the moment; null: as fast as they come. */
  perSecond(): number | null;
}

/** So slow at least, however often a system says that it is too much: the circuit breaker pauses longer. */
const LEAST_PER_SECOND = 0.2;
/** What a rate gains in this time is the whole of it. Twice as long as it takes from half of it back to the full one. */
const RECOVERY_MS = 60_000;
/** Refusals within this time are about the same rush. */
const ONE_RUSH_MS = 1_000;

/** A rate that was reduced. */
interface Reduction {
  readonly at: number;
  readonly to: number;
  /** The rate that was too much. */
  readonly from: number;
}

/**
 * A limiter of `ratePerSecond` calls per second; without a rate every call may start at once, until the system says that
 * it is too much. Additive increase, multiplicative decrease (Chiu and Jain, 1989).
 */
export function createLimiter(clock: Clock, ratePerSecond: number | undefined): Limiter {
  const declared = ratePerSecond ?? Number.POSITIVE_INFINITY;
  const seen = createCount();
  let reduction: Reduction | null = null;
  let next = 0;
  let last = 0;

  const look = () => {
    const now = clock.now();
    // The clock was put back: the turns given out by it are over, and a reduction begins anew.
    if (now < last) {
      next = now;
      if (reduction !== null) reduction = { ...reduction, at: now };
      seen.restart(now);
    }
    last = now;
    if (reduction !== null && rateAfter(reduction, { declared, now }) >= declared) reduction = null;
    return { now, rate: reduction === null ? declared : rateAfter(reduction, { declared, now }) };
  };
  return {
    turn: async (signal) => {
      const { now, rate } = look();
      seen.add(now);
      const at = Math.max(now, next);
      next = at + 1_000 / rate;
      if (at > now) await clock.sleep(at - now, signal);
    },
    throttled() {
      const { now, rate } = look();
      if (reduction !== null && now - reduction.at < ONE_RUSH_MS) return;
      const from = Math.max(Number.isFinite(rate) ? rate : seen.perSecond(now), LEAST_PER_SECOND);
      reduction = { at: now, from, to: Math.max(from / 2, LEAST_PER_SECOND) };
    },
    perSecond() {
      const { rate } = look();
      return Number.isFinite(rate) ? rate : null;
    },
  };
}

/** Where nobody has declared a rate, one that has doubled what was too much is none any more. */
function rateAfter({ at, to, from }: Reduction, { declared, now }: { declared: number; now: number }): number {
  const full = Number.isFinite(declared) ? declared : from;
  const rate = to + (full * (now - at)) / RECOVERY_MS;
  return Number.isFinite(declared) ? Math.min(rate, declared) : rate < from * 2 ? rate : declared;
}

/** Counts turns in whole seconds. */
function createCount() {
  let begun = 0;
  let [before, current] = [0, 0];
  const turnTo = (now: number) => {
    const seconds = Math.floor((now - begun) / 1_000);
    if (seconds < 1) return;
    [before, current, begun] = [seconds === 1 ? current : 0, 0, begun + seconds * 1_000];
  };
  return {
    add(now: number) {
      turnTo(now);
      current += 1;
    },
    restart(now: number) {
      [before, current, begun] = [0, 0, now];
    },
    perSecond(now: number) {
      turnTo(now);
      return Math.max(before, current);
    },
  };
}
