/** Promises alone never let timers, requests and the reads of an application get their turn; a timer of a browser waits 4 ms. */
export function letOthersRun(): Promise<void> {
  return new Promise((resolve) => nextTurn(() => resolve()));
}

const nextTurn: (run: () => void) => void =
  (globalThis as { readonly setImmediate?: (run: () => void) => void }).setImmediate ?? ((run) => setTimeout(run, 0));
