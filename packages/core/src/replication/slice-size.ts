/** How many documents are written in one go; follows how long that takes on this device. */
export interface SliceSize {
  readonly documents: number;
  /** A slice of this size took so many milliseconds. */
  took(ms: number): void;
}

/** What a slice begins with, and the fewest documents that it gets down to. */
const FIRST = 250;
const FEWEST = 25;

/** Writing and reading of the application wait for a slice that is being written. Milliseconds. */
const LONG_MS = 40;
const SHORT_MS = 15;

/**
 * Begins with what fast storages write in a moment, grows up to `most` where each slice costs a flush to disk, and gets to what
 * takes a few frames of a page where storages are slow.
 */
export function createSliceSize(most = FIRST): SliceSize {
  let documents = Math.min(FIRST, most);
  return {
    get documents() {
      return documents;
    },
    took(ms) {
      documents = sliceAfter(documents, ms, most);
    },
  };
}

/** The size after a slice of a size took so long. Pure. */
export function sliceAfter(documents: number, ms: number, most = FIRST): number {
  if (ms > LONG_MS) return Math.max(FEWEST, Math.floor(documents / 2));
  if (ms < SHORT_MS) return Math.min(most, documents * 2);
  return documents;
}
