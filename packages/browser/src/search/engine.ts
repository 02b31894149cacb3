import { DatastoreError } from '@datastores/core';
import {
  type EngineQuery,
  type FoundDocument,
  type FoundPage,
  matchesDocument,
  type SearchEngine,
} from '@datastores/core/search';
import { type CurrentIndex, type IndexSource, keepIndex } from './current-index.ts';
import { createRanker, type Ranking } from './rank.ts';
import type { TextIndex } from './text-index.ts';

/** The search of one datastore, and what ends its background work. */
export interface OpenSearch {
  readonly engine: SearchEngine;
  close(): void;
}

/** Longest that a search waits for writes of the last moment to be taken in, milliseconds. */
const PATIENCE_MS = 100;
/** How often a search is run again where documents turn out to be others than the index says. */
const ROUNDS = 3;

/**
 * Searches the documents of a storage instance by an index in memory. What a page holds is compared with the documents as
 * they are stored: a hit is right even where the news of a write in another tab is still under way.
 */
export function openSearch(source: IndexSource): OpenSearch {
  const { instance, fields } = source;
  const current: CurrentIndex = keepIndex(source);
  let closed = false;
  let known: { readonly index: TextIndex; readonly rank: ReturnType<typeof createRanker> } | undefined;
  const ranking = (index: TextIndex) => {
    if (known?.index !== index) known = { index, rank: createRanker(index) };
    return known.rank;
  };

  /** The documents of a page, or undefined where the index had to be corrected. */
  async function read(index: TextIndex, page: Ranking, { clauses }: EngineQuery): Promise<FoundDocument[] | undefined> {
    const stored = await instance.findDocumentsById(
      page.best.map(({ id }) => id),
      false,
    );
    const primary = instance.schema.primaryKey as string;
    const byId = new Map(stored.map((document) => [Reflect.get(document, primary) as string, document]));
    const found: FoundDocument[] = [];
    let corrected = false;
    for (const { id, score } of page.best) {
      const data = byId.get(id);
      if (data !== undefined && matchesDocument(page.similar ?? clauses, fields, data)) found.push({ data, score });
      else {
        corrected = true;
        if (data === undefined) index.remove(id, { height: Infinity, writtenAt: Infinity });
        else index.put(data, { id });
      }
    }
    return corrected ? undefined : found;
  }

  async function find(query: EngineQuery): Promise<FoundPage> {
    if (closed) throw new DatastoreError('REPLICA_CLOSED', 'The replica was closed.');
    await current.settled(PATIENCE_MS);
    const { offset, limit } = query;
    for (let round = 1; ; round += 1) {
      const index = current.index();
      const { best, similar } = ranking(index)(query.clauses, offset + limit);
      const page = { best: best.slice(offset), ...(similar === undefined ? {} : { similar }) };
      const found = page.best.length === 0 ? [] : await read(index, page, query);
      if (found === undefined && round < ROUNDS) continue;
      const { complete, problem } = current.state$.value;
      return {
        found: found ?? [],
        complete: complete && found !== undefined && current.isSettled(),
        problem,
        ...(similar === undefined ? {} : { similar }),
      };
    }
  }

  return {
    engine: { find, findsSimilar: true, state$: current.state$.asObservable() },
    close() {
      closed = true;
      current.close();
    },
  };
}
