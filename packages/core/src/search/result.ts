import type { RxDocument } from 'rxdb';
import type { DatastoreError } from '../errors.ts';
import type { Highlight } from './highlight.ts';

/** The best matches, and whether there may be more once the index is complete. */
export interface SearchResult<D> {
  /** The best first; equally good ones in the order of their arrival in this replica, the newest first. */
  readonly hits: readonly SearchHit<D>[];
  /** False while the index is being built, after the first start with a declaration; hits are right but may be missing. */
  readonly complete: boolean;
  /** True if no document has some word of the query, and the hits have words similar to it. Only in browsers. */
  readonly similar: boolean;
  /** What keeps the index from being completed at the moment, e.g. a full disk; it is tried again. */
  readonly problem: DatastoreError | null;
}

/** One match. */
export interface SearchHit<D> {
  readonly document: RxDocument<D>;
  /** Higher is better; comparable within one result only. */
  readonly score: number;
  /** What matches where; empty unless `highlight` was asked for. */
  readonly highlights: readonly Highlight[];
}
