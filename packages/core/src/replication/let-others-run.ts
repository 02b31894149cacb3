/** Promises alone never let timers, requests, frames and the reads of an application get their turn. */
export function letOthersRun(): Promise<void> {
  return new Promise((resolve) => nextTurn(() => resolve()));
}

interface Platform {
  readonly setImmediate?: (run: () => void) => void;
  /** Of browsers: runs after input and frames that wait, and unlike a timer without four milliseconds of doing nothing. */
  readonly scheduler?: { postTask?(run: () => void, options: { readonly priority: 'user-visible' }): Promise<void> };
}

const { setImmediate, scheduler } = globalThis as Platform;

const nextTurn: (run: () => void) => void = setImmediate ?? postTask();

function postTask(): (run: () => void) => void {
  if (scheduler?.postTask === undefined) return (run) => setTimeout(run, 0);
  return (run) => void scheduler.postTask?.(run, { priority: 'user-visible' });
}
