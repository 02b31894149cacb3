/** The share of runs that only warms up (compiled code, caches) and is not counted. */
const WARM_UP = 0.1;

/** Does some work with each input, one at a time, and returns how long each took, in milliseconds; the first tenth is left out. */
export async function latencies<I>(
  inputs: readonly I[],
  work: (input: I) => unknown | Promise<unknown>,
): Promise<readonly number[]> {
  const measured: number[] = [];
  for (const input of inputs) {
    const begun = performance.now();
    const result = work(input);
    // A turn of the event loop must not be charged to work that needs none.
    if (result instanceof Promise) await result;
    measured.push(performance.now() - begun);
  }
  return measured.slice(Math.floor(inputs.length * WARM_UP));
}
