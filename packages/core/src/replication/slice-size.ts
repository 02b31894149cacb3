/** How many documents are written in one go; follows how long that takes on this device. */
export interface SliceSize {
  readonly documents: number;
  /** A slice of this size took so many milliseconds. */
  took(ms: number): void;
}

/** Most documents of a slice, and fewest. */
const MOST = 250;
const FEWEST = 25;

/** Writing and reading of the application wait for a slice that is being written. Milliseconds. */
const LONG_MS = 40;
const SHORT_MS = 15;

/** Begins with the largest where storages are fast, and gets to what takes a few frames of a page where they are not. */
export function createSliceSize(): SliceSize {
  let documents = MOST;
  return {
    get documents() {
      return documents;
    },
    took(ms) {
      documents = sliceAfter(documents, ms);
    },
  };
}

/** The size after a slice of a size took so long. Pure. */
export function sliceAfter(documents: number, ms: number): number {
  if (ms > LONG_MS) return Math.max(FEWEST, Math.floor(documents / 2));
  if (ms < SHORT_MS) return Math.min(MOST, documents * 2);
  return documents;
}
