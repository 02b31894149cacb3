import type { AnyStored } from './collection.ts';

/** How long a page is held up in one go: two frames. */
const HELD_UP_MS = 30;

/** Documents parsed before anybody looks at the clock. */
const PORTION = 100;

/**
 * Parses texts of documents; thousands of them with frames in between. RxDB runs a query again if something was written
 * meanwhile, so pauses are no more than it takes for the page to be seen to live.
 */
export async function parseAll(texts: readonly string[]): Promise<AnyStored[]> {
  const parsed: AnyStored[] = [];
  let end = performance.now() + HELD_UP_MS;
  for (const [at, text] of texts.entries()) {
    if (at > 0 && at % PORTION === 0 && performance.now() > end) {
      await turn();
      end = performance.now() + HELD_UP_MS;
    }
    parsed.push(JSON.parse(text));
  }
  return parsed;
}

interface TaskScheduler {
  postTask(task: () => void, options: { readonly priority: 'user-visible' }): Promise<void>;
}

/** What is more urgent comes first: input, frames. */
function turn(): Promise<void> {
  const { scheduler } = globalThis as { readonly scheduler?: TaskScheduler };
  if (scheduler !== undefined) return scheduler.postTask(() => undefined, { priority: 'user-visible' });
  return new Promise((resolve) => setTimeout(resolve, 0));
}
