/** Work in the background that leaves the page its turn. */
export interface Slices {
  /** True once the present slice has lasted long enough. */
  due(): boolean;
  /** Ends the present slice; resolves when the next one begins, after everything that is more urgent. */
  next(): Promise<void>;
}

/** Milliseconds of one slice: two of them fit into a frame. */
const SLICE_MS = 7;

/** Begins the first slice. */
export function createSlices(): Slices {
  let end = performance.now() + SLICE_MS;
  return {
    due: () => performance.now() >= end,
    async next() {
      await turn();
      end = performance.now() + SLICE_MS;
    },
  };
}

interface TaskScheduler {
  postTask(task: () => void, options: { readonly priority: 'background' }): Promise<void>;
}

/** Where the browser has a scheduler, input and rendering come first, and a hidden tab is not slowed down to a task a second. */
function turn(): Promise<void> {
  const { scheduler } = globalThis as { readonly scheduler?: TaskScheduler };
  if (scheduler !== undefined) return scheduler.postTask(() => undefined, { priority: 'background' });
  return new Promise((resolve) => setTimeout(resolve, 0));
}
