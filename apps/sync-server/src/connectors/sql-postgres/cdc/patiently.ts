/** How work is waited for. */
export interface Patience<S> {
  /** Yielded every few seconds. */
  readonly sign: S;
  /** Cancels the work. */
  readonly signal: AbortSignal;
  /** Default: 5 seconds, well below what a page may take by default. */
  readonly everyMs?: number;
}

/**
 * Waits for work that may take long, yielding a sign every few seconds, so that whoever waits for the next value knows that
 * it goes on. The work is cancelled when nobody waits any more, too.
 */
export async function* patiently<T, S>(
  work: (signal: AbortSignal) => Promise<T>,
  { sign, signal, everyMs = 5_000 }: Patience<S>,
): AsyncGenerator<S, T> {
  const end = new AbortController();
  const running = work(AbortSignal.any([signal, end.signal]));
  // It may fail while nobody waits for it.
  running.catch(() => {});
  try {
    for (;;) {
      const result = await Promise.race([running.then((value) => ({ value })), pause(everyMs, end.signal)]);
      if (result) return result.value;
      yield sign;
    }
  } finally {
    end.abort();
  }
}

/** The timer goes with the signal. */
function pause(ms: number, signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, null);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}
