/**
 * How far back each reading of a list goes, in milliseconds. The demo systems stamp a change in the transaction that makes
 * it, so a moment would do; a system that stamps before it commits needs as long as its longest transaction.
 */
export const OVERLAP_MS = 2_000;
