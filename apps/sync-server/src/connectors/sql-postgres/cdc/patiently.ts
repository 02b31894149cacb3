/**
 * Waits for work that may take long, yielding `sign` every few seconds, so that whoever waits for the next value knows that
 * it goes on. The work is cancelled when nobody waits any more, and when `outer` aborts.
 */
export async function* patiently<T, S>(
  work: (signal: AbortSignal) => Promise<T>,
  sign: S,
  outer: AbortSignal,
): AsyncGenerator<S, T> {
  const end = new AbortController();
  const running = work(AbortSignal.any([outer, end.signal]));
  // It may fail while nobody waits for it.
  running.catch(() => {});
  try {
    for (;;) {
      const result = await Promise.race([running.then((value) => ({ value })), pause(end.signal)]);
      if (result) return result.value;
      yield sign;
    }
  } finally {
    end.abort();
  }
}

/** A few seconds; the timer goes with the signal. */
function pause(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, SIGN_MS, null);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}

/** Well below what a page may take by default. */
const SIGN_MS = 5_000;
