import type { Clock } from '../clock.ts';

/** Spaces calls to one system evenly: no bursts, since a budget per second is usually counted in finer steps. */
export interface Limiter {
  /** Resolves when the next call may start, or when the signal aborts. */
  turn(signal: AbortSignal): Promise<void>;
}

/** A limiter of `ratePerSecond` calls per second; without a rate every call may start at once. */
export function createLimiter(clock: Clock, ratePerSecond: number | undefined): Limiter {
  if (ratePerSecond === undefined) return { turn: () => Promise.resolve() };
  const spacing = 1_000 / ratePerSecond;
  let next = 0;
  let last = 0;
  return {
    turn: async (signal) => {
      const now = clock.now();
      // The clock was put back: the turns given out by it are over.
      if (now < last) next = now;
      last = now;
      const at = Math.max(now, next);
      next = at + spacing;
      if (at > now) await clock.sleep(at - now, signal);
    },
  };
}
