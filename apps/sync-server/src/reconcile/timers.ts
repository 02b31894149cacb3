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
async function waitUntil(clock: Clock, at: number, signal: AbortSignal): Promise<void> {
  do {
    await clock.sleep(Math.max(0, at - clock.now()), signal);
  } while (!signal.aborted && clock.now() < at);
}
