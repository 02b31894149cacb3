/** Time as an argument, so that tests and simulations decide what time it is. Times in milliseconds since 1970. */
export interface Clock {
  readonly now: () => number;
  /** Resolves after `ms`, or as soon as the signal aborts. Never rejects; does not keep the process alive. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * Longest wait that is ever noted as a time, in milliseconds; who is asked to wait longer asks again in between. A time that lies further ahead was noted by a clock that was
 * wrong and has been put right since: nothing waits for it.
 */
export const LONGEST_WAIT_MS = 60 * 60_000;

/** True if what waits for a time may begin: it has come, or is further ahead than anybody waits. */
export function hasCome(time: number, now: number): boolean {
  return time <= now || time > now + LONGEST_WAIT_MS;
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
