import type { Clock } from '../clock.ts';

/** Named timers that do not keep the process alive. Setting a name again replaces its timer. */
export interface Timers {
  /** Calls back once it is `at` (milliseconds since 1970), however far away that is. */
  set(name: string, at: number, callback: () => void): void;
  close(): void;
}

/** Timers on a clock. */
export function createTimers(clock: Clock): Timers {
  const running = new Map<string, AbortController>();
  return {
    set(name, at, callback) {
      running.get(name)?.abort();
      const control = new AbortController();
      running.set(name, control);
      void waitUntil(clock, at, control.signal).then(() => {
        if (control.signal.aborted) return;
        running.delete(name);
        callback();
      });
    },
    close() {
      for (const control of running.values()) control.abort();
      running.clear();
    },
  };
}

/** One sleep is at most what a timer of the platform holds, so a far time takes several. */
const LONGEST_SLEEP_MS = 60 * 60_000;

/**
 * Waits as long as it takes by now, or less where the clock is put forward meanwhile. Where it is put back, what was slept
 * still counts: nothing waits for years because a clock was wrong.
 */
async function waitUntil(clock: Clock, at: number, signal: AbortSignal): Promise<void> {
  let left = Math.max(0, at - clock.now());
  do {
    const sleep = Math.min(left, LONGEST_SLEEP_MS);
    const before = clock.now();
    await clock.sleep(sleep, signal);
    const passed = clock.now() - before;
    left = Math.min(left - (passed < 0 ? sleep : passed), at - clock.now());
  } while (!signal.aborted && left > 0);
}
