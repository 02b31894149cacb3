import type { EngineQuery, FoundPage, SearchEngine } from '@datastores/core/search';
import { merge, type Observable } from 'rxjs';
import { documentOf, STORED_TEXTS, type StoredTexts } from '../stored-texts.ts';
import type { Table } from '../table.ts';
import { declareIndex, fieldsOf, type Progress, progressOf } from './definition.ts';
import { createIndexWriters } from './index-writer.ts';
import { createMatcher, type Matcher } from './matcher.ts';
import { rank } from './rank.ts';
import { isComplete, startRebuild } from './rebuild.ts';
import { keepTidy } from './tidy.ts';

/** The search of one collection, and what ends its background work. */
export interface OpenSearch {
  /** Throws what SQLite throws. */
  readonly find: (query: EngineQuery) => FoundPage;
  readonly state$: SearchEngine['state$'];
  readonly stop: () => void;
}

/** What is searched, and what is heard of it. */
export interface SearchOptions {
  readonly fields: readonly string[];
  /** Emits with every write of this process. */
  readonly writes$: Observable<unknown>;
}

/** Declares the fields to be searched, and starts to complete the index in the background where it lacks documents. */
export function openSearch(table: Table, { fields, writes$ }: SearchOptions): OpenSearch {
  declareIndex(table, fields);
  const rebuild = startRebuild(table, createIndexWriters(table));
  const endTidying = keepTidy(table, merge(writes$, rebuild.state$));
  const find = createFinder(table);
  return {
    find: (query) => {
      const found = find(query);
      return { ...found, problem: found.complete ? null : rebuild.state$.value.problem };
    },
    state$: rebuild.state$.asObservable(),
    stop: () => {
      endTidying();
      rebuild.stop();
    },
  };
}

/** In one transaction: another process must not write between the ranking and the reading of the documents. */
function createFinder(table: Table): (query: EngineQuery) => Omit<FoundPage, 'problem'> {
  let known: { readonly signature: string; readonly matcher: Matcher } | undefined;
  const matcherOf = ({ signature }: Progress) => {
    if (known?.signature !== signature) known = { signature, matcher: createMatcher(table, fieldsOf(table).length) };
    return known.matcher;
  };
  const read = table.statements.raw<StoredTexts>(
    `SELECT ${STORED_TEXTS} FROM ${table.docs} WHERE row = ? AND deleted = 0`,
  );
  return table.database.transaction(({ clauses, offset, limit }: EngineQuery) => {
    const progress = progressOf(table);
    if (progress === undefined) return { found: [], complete: false };
    const ranked = rank(matcherOf(progress), clauses, offset + limit).slice(offset);
    const found = ranked.flatMap(({ row, score }) => {
      const texts = read.get(row);
      return texts === undefined ? [] : [{ data: documentOf(texts), score }];
    });
    return { found, complete: isComplete(progress) };
  });
}
