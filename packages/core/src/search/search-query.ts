import { mapDocumentsDataToCacheDocs, type RxCollection, type RxDocumentData } from 'rxdb';
import { type Observable, shareReplay } from 'rxjs';
import type { Datastore } from '../schema/datastore.ts';
import type { Document } from '../schema/document.ts';
import type { FoundPage, SearchEngine } from './engine.ts';
import { highlightsOf } from './highlight.ts';
import { liveResults } from './live-results.ts';
import { readOptions, type SearchOptions } from './options.ts';
import { type Clause, type ParsedQuery, parseQuery } from './query.ts';
import type { SearchResult } from './result.ts';

/** A search that can be run once, and watched. */
export interface SearchQuery<D> {
  /** Runs the search. */
  exec(): Promise<SearchResult<D>>;
  /** The result, and again whenever a write or the state of the index changes it. Completes when the replica is closed. */
  readonly $: Observable<SearchResult<D>>;
}

/** What a search works on. */
export interface SearchTarget {
  readonly datastore: Datastore;
  readonly collection: RxCollection<Document>;
  readonly engine: SearchEngine;
}

/**
 * Prepares a search; nothing runs before it is asked for. Words must all occur, the last one also as the beginning of a
 * word; see docs/search.md. Throws OPTION_INVALID for options that cannot be used.
 */
export function createSearchQuery(target: SearchTarget, text: string, options?: SearchOptions): SearchQuery<Document> {
  const { datastore, collection, engine } = target;
  const { offset, limit, excerpt } = readOptions(text, options);
  const fields = datastore.search;
  const query = parseQuery(text);
  const exec = async (): Promise<SearchResult<Document>> => {
    if (query.clauses.length === 0) return { hits: [], complete: true, similar: false, problem: null };
    const { clauses, page } = await find(engine, query, { offset, limit });
    const data = page.found.map((one) => one.data as RxDocumentData<Document>);
    const documents = mapDocumentsDataToCacheDocs(collection._docCache, data);
    const hits = documents.map((document, at) => ({
      document,
      score: page.found[at]?.score ?? 0,
      highlights:
        excerpt === 0
          ? []
          : highlightsOf({ clauses: page.similar ?? clauses, fields, length: excerpt }, data[at] as Document),
    }));
    return { hits, complete: page.complete, similar: page.similar !== undefined, problem: page.problem };
  };
  // What the last word may still become decides nothing yet, so a document without it can be among the hits.
  const clauses = query.unfinished ? withoutLast(query.clauses) : query.clauses;
  const { state$, findsSimilar = false } = engine;
  const results = liveResults({ collection, fields, clauses, exec, state$, findsSimilar });
  return { exec, $: results.pipe(shareReplay({ bufferSize: 1, refCount: true })) };
}

/**
 * A last word that is too short to be completed counts as a word where documents have it, and is left out where none
 * has: results would vanish between two key strokes otherwise.
 */
async function find(
  engine: SearchEngine,
  { clauses, unfinished }: ParsedQuery,
  range: { readonly offset: number; readonly limit: number },
): Promise<{ readonly clauses: readonly Clause[]; readonly page: FoundPage }> {
  const page = await engine.find({ clauses, ...range });
  if (!unfinished || page.found.length > 0) return { clauses, page };
  const any = range.offset > 0 && (await engine.find({ clauses, offset: 0, limit: 1 })).found.length > 0;
  if (any) return { clauses, page };
  const others = withoutLast(clauses);
  return { clauses: others, page: await engine.find({ clauses: others, ...range }) };
}

function withoutLast(clauses: readonly Clause[]): readonly Clause[] {
  return clauses.length > 1 ? clauses.slice(0, -1) : clauses;
}
