/** Runs functions one after the other: the next starts when the one before has ended, well or badly. */
export interface Lock {
  run<T>(work: () => Promise<T>): Promise<T>;
}

/**
 * A lock inside one process. It keeps a local write and the application of a pulled page of the same datastore apart, so
 * that neither sees the other's half-done journal. Across processes the revision check of the storage does the same.
 */
export function createLock(): Lock {
  let tail: Promise<unknown> = Promise.resolve();
  return {
    run(work) {
      const result = tail.then(work);
      tail = result.catch(() => undefined);
      return result;
    },
  };
}
