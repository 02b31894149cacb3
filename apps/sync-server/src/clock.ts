/** Time as an argument, so that tests and simulations decide what time it is. Times in milliseconds since 1970. */
export interface Clock {
  readonly now: () => number;
  /** Resolves after `ms`, or as soon as the signal aborts. Never rejects; does not keep the process alive. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** Longest delay a timer of Node can hold; a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the machine. */
export const systemClock: Clock = {
  now: Date.now,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, Math.min(Math.max(0, ms), LONGEST_TIMER_MS));
      timer.unref();
      signal?.addEventListener('abort', end, { once: true });
    }),
};
