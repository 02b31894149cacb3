import type { Clock } from '../../apps/sync-server/src/clock.ts';

/** A clock that stands still until it is moved on. */
export interface SteppedClock extends Clock {
  /** Moves on, waking everything that sleeps until then in order of time; in between it waits for what that began. */
  advance(ms: number, settled?: () => Promise<unknown>): Promise<void>;
}

/** Starts at the time of the machine. */
export function createSteppedClock(): SteppedClock {
  let now = Date.now();
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper = { at: now + Math.max(0, ms), wake };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', wake, { once: true });
      }),
    async advance(ms, settled = async () => {}) {
      const end = now + ms;
      for (;;) {
        // Whoever was woken may be about to sleep again.
        await new Promise((resolve) => setTimeout(resolve, 1));
        await settled();
        await new Promise((resolve) => setImmediate(resolve));
        const next = [...sleepers].sort((a, b) => a.at - b.at)[0];
        if (next === undefined || next.at > end) break;
        now = Math.max(now, next.at);
        next.wake();
      }
      now = end;
    },
  };
}
