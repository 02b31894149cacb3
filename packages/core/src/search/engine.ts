import type { RxDocumentData } from 'rxdb';
import type { Observable } from 'rxjs';
import type { DatastoreError } from '../errors.ts';
import type { Clause } from './query.ts';

/**
 * What a storage does for search. A storage that has it offers it as `search` on the instance of a collection that was
 * created with the option `search`, a list of fields. It keeps its index with every write of that instance.
 */
export interface SearchEngine {
  /** The best matches: those from `offset` on, at most `limit`. */
  find(query: EngineQuery): Promise<FoundPage>;
  /** The state of the index, at once and whenever it changes. Completes when the instance is closed. */
  readonly state$: Observable<IndexState>;
  /** True if it takes words that no document has for mistyped ones. The engine on SQLite does not. */
  readonly findsSimilar?: boolean;
}

/** What an engine is asked for. */
export interface EngineQuery {
  /** All of them are to be fulfilled; at least one. */
  readonly clauses: readonly Clause[];
  readonly offset: number;
  readonly limit: number;
}

/** Documents in order, the best first, and the state of the index that they were found by. */
export interface FoundPage extends IndexState {
  readonly found: readonly FoundDocument[];
  /** Set where no document has some word, and words similar to it were looked for: the clauses with these instead. */
  readonly similar?: readonly Clause[];
}

/** One match. */
export interface FoundDocument {
  readonly data: RxDocumentData<unknown>;
  /** Higher is better; says nothing beyond the page it stands on. */
  readonly score: number;
}

/** How far an index has got. */
export interface IndexState {
  /** False while documents that were there before the index was declared are still being taken into it. */
  readonly complete: boolean;
  /** What keeps the index from being completed at the moment; it is tried again. */
  readonly problem: DatastoreError | null;
}

/** The engine of a storage instance, if its storage has one. */
export function engineOf(instance: object): SearchEngine | undefined {
  return (instance as { readonly search?: SearchEngine }).search;
}
