import { isDatastoreError } from '../errors.ts';

/** How many bytes one page or batch may have at the moment; follows what the way to the server and this device bear. */
export interface TransferSize {
  readonly bytes: number;
  /** A page or batch of this size was on its way for so many milliseconds. */
  took(ms: number): void;
  /** One did not arrive. */
  failed(): void;
}

/** Small enough to arrive over a slow line before the time of a request is over. */
const FIRST_BYTES = 256 * 1024;
const LEAST_BYTES = 16 * 1024;

/** What is faster may be larger, what is slower ought to be smaller, milliseconds. */
const FAST_MS = 1_000;
const SLOW_MS = 5_000;

/** Starts in the middle, so that the first page comes soon, and grows while pages come quickly, up to `most` bytes. */
export function createTransferSize(most: number): TransferSize {
  let bytes = Math.min(FIRST_BYTES, most);
  return {
    get bytes() {
      return bytes;
    },
    took(ms) {
      bytes = sizeAfter(bytes, ms, most);
    },
    failed() {
      bytes = sizeAfter(bytes, Number.POSITIVE_INFINITY, most);
    },
  };
}

/** Has a transfer, one that `size` limits, tell how it went. */
export async function measured<Answer>(size: TransferSize, transfer: Promise<Answer>): Promise<Answer> {
  const begun = performance.now();
  try {
    const answer = await transfer;
    size.took(performance.now() - begun);
    return answer;
  } catch (error) {
    // A refusal has nothing to do with the size.
    if (isDatastoreError(error) && error.code === 'SERVER_UNREACHABLE') size.failed();
    throw error;
  }
}

/** The size after one transfer of a size took so long; infinitely long is one that failed. Pure. */
export function sizeAfter(bytes: number, ms: number, most: number): number {
  if (ms < FAST_MS) return Math.min(most, bytes * 2);
  if (ms > SLOW_MS) return Math.max(Math.min(LEAST_BYTES, most), Math.floor(bytes / 2));
  return bytes;
}
