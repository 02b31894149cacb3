import type { RxCollection, RxDocumentData, RxStorageChangeEvent } from 'rxdb';
import { Observable } from 'rxjs';
import type { Document } from '../schema/document.ts';
import type { IndexState } from './engine.ts';
import { matchesDocument } from './match.ts';
import type { Clause } from './query.ts';
import type { SearchResult } from './result.ts';

/** What {@link liveResults} watches. */
export interface Watched {
  readonly collection: RxCollection<Document>;
  readonly fields: readonly string[];
  readonly clauses: readonly Clause[];
  readonly exec: () => Promise<SearchResult<Document>>;
  readonly state$: Observable<IndexState>;
  /** True if the engine looks for similar words where no document has a word. */
  readonly findsSimilar: boolean;
}

/** Milliseconds between the end of a run and the next, and how many times its duration at least. */
const PAUSE_MS = 20;
const PAUSE_RUNS = 4;

/** Most events of one write that are looked at: from there on, running the search costs less than splitting texts. */
const LOOKED_AT = 40;

/**
 * The result of a search and each later one that differs. A write is looked at first: it asks for a new run only if it
 * changes a hit, or a document that fulfils the query before or after it. Runs have a pause between them that all writes
 * share, so that a bulk load costs a few runs; the first write after a quiet time is answered at once.
 */
export function liveResults(watched: Watched): Observable<SearchResult<Document>> {
  const { collection, clauses, exec, state$ } = watched;
  return new Observable((subscriber) => {
    let last: SearchResult<Document> | null = null;
    let running = false;
    let stale = true;
    let resumeAt = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;

    const run = async () => {
      timer = undefined;
      running = true;
      stale = false;
      const start = performance.now();
      try {
        const result = await exec();
        const changed = last === null || differs(last, result);
        last = result;
        if (changed) subscriber.next(result);
      } catch (error) {
        if (collection.closed || collection.database.closed) subscriber.complete();
        else subscriber.error(error);
      }
      const end = performance.now();
      resumeAt = end + Math.max(PAUSE_MS, PAUSE_RUNS * (end - start));
      running = false;
      if (stale) schedule();
    };
    const schedule = () => {
      if (subscriber.closed || running || timer !== undefined) return;
      const wait = resumeAt - performance.now();
      if (wait <= 0) void run();
      else timer = setTimeout(run, wait);
    };
    const invalidate = () => {
      stale = true;
      schedule();
    };

    if (clauses.length > 0) {
      subscriber.add(
        collection.eventBulks$.subscribe({
          next: ({ events }) => {
            if (!stale && concerns(watched, last, events)) invalidate();
          },
          complete: () => subscriber.complete(),
        }),
      );
      let first = true;
      subscriber.add(
        state$.subscribe(() => {
          if (!first) invalidate();
          first = false;
        }),
      );
    }
    subscriber.add(() => clearTimeout(timer));
    void run();
  });
}

type Event = RxStorageChangeEvent<RxDocumentData<Document>>;

function concerns(
  { fields, clauses, findsSimilar }: Watched,
  last: SearchResult<Document> | null,
  events: readonly Event[],
): boolean {
  if (last === null || events.length > LOOKED_AT) return true;
  // Which words are similar to those of the query only the index knows.
  if (findsSimilar && (last.similar || last.hits.length === 0)) return true;
  const hits = new Set(last.hits.map((hit) => hit.document.primary));
  return events.some(({ documentId, documentData, previousDocumentData: previous }) => {
    if (hits.has(documentId)) return true;
    const before = previous === undefined || previous._deleted ? null : previous;
    const after = documentData._deleted ? null : documentData;
    if (before !== null && after !== null && fields.every((field) => sameText(before, after, field))) return false;
    return [before, after].some((state) => state !== null && matchesDocument(clauses, fields, state));
  });
}

function sameText(before: object, after: object, field: string): boolean {
  const [one, other]: unknown[] = [Reflect.get(before, field), Reflect.get(after, field)];
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((text, at) => text === other[at]);
}

/** Scores alone move with every write, since they depend on how frequent a word is everywhere. */
function differs(one: SearchResult<Document>, other: SearchResult<Document>): boolean {
  if (one.complete !== other.complete || one.similar !== other.similar || one.problem?.code !== other.problem?.code)
    return true;
  if (one.hits.length !== other.hits.length) return true;
  return one.hits.some(({ document }, at) => document !== other.hits[at]?.document);
}
