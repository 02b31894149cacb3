/**
 * RxDB repeats a query during which it was told of a change, and pauses for 20 ms before. It does so even if its database
 * is closed meanwhile, and nobody catches what a live query throws then: the page would log an error that nobody can handle.
 */
const REPEATED_WITHIN_MS = 30;

/** Lets queries that were begun before a close end with an answer. */
export interface LateQueries {
  /** To be called with each query. */
  ran(): void;
  /** Resolves as soon as none of them can be repeated any more: at once where none was made just now. */
  over(): Promise<void>;
}

/** Keeps the time of the last query. */
export function createLateQueries(): LateQueries {
  let until = Number.NEGATIVE_INFINITY;
  return {
    ran() {
      until = performance.now() + REPEATED_WITHIN_MS;
    },
    async over() {
      while (performance.now() < until) await new Promise((resolve) => setTimeout(resolve, until - performance.now()));
    },
  };
}
