import type { EngineQuery, FoundPage, SearchEngine } from '@datastores/core/search';
import { documentOf, STORED_TEXTS, type StoredTexts } from '../stored-texts.ts';
import type { Table } from '../table.ts';
import { declareIndex, fieldsOf, progressOf } from './definition.ts';
import { createIndexWriters } from './index-writer.ts';
import { rank } from './rank.ts';
import { isComplete, startRebuild } from './rebuild.ts';

/** The search of one collection, and what ends its background work. */
export interface OpenSearch {
  /** Throws what SQLite throws. */
  readonly find: (query: EngineQuery) => FoundPage;
  readonly state$: SearchEngine['state$'];
  readonly stop: () => void;
}

/** Declares the fields to be searched, and starts to complete the index in the background where it lacks documents. */
export function openSearch(table: Table, fields: readonly string[]): OpenSearch {
  declareIndex(table, fields);
  const rebuild = startRebuild(table, createIndexWriters(table));
  const find = table.database.transaction((query: EngineQuery) => findIn(table, query));
  return {
    find: (query) => {
      const found = find(query);
      return { ...found, problem: found.complete ? null : rebuild.state$.value.problem };
    },
    state$: rebuild.state$.asObservable(),
    stop: () => rebuild.stop(),
  };
}

/** In one transaction: another process must not write between the ranking and the reading of the documents. */
function findIn(table: Table, { clauses, offset, limit }: EngineQuery): Omit<FoundPage, 'problem'> {
  const progress = progressOf(table);
  if (progress === undefined) return { found: [], complete: false };
  const ranked = rank(table, fieldsOf(table).length, { clauses, wanted: offset + limit }).slice(offset);
  const read = table.statements.raw<StoredTexts>(
    `SELECT ${STORED_TEXTS} FROM ${table.docs} WHERE row = ? AND deleted = 0`,
  );
  const found = ranked.flatMap(({ row, score }) => {
    const texts = read.get(row);
    return texts === undefined ? [] : [{ data: documentOf(texts), score }];
  });
  return { found, complete: isComplete(progress) };
}
