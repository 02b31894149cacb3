import type { FilledMangoQuery, PreparedQuery, RxDocumentData, RxJsonSchema, RxStorageCountResult } from 'rxdb';
import { getQueryMatcher, getSortComparator } from 'rxdb';
import type { Layout } from './layout.ts';
import { type Condition, selectorToSql } from './selector-to-sql.ts';
import { documentOf, STORED_TEXTS, type StoredTexts } from './stored-texts.ts';
import type { Table } from './table.ts';

/** The schema of a collection as RxDB gives it to a storage. */
export type StoredSchema<RxDocType> = Readonly<RxJsonSchema<RxDocumentData<RxDocType>>>;

/**
 * Runs a Mango query. SQL narrows the rows, and sorts and cuts them where that is exactly what RxDB would do; the rest is
 * matched and sorted by RxDB's own functions.
 */
export function findDocuments<RxDocType>(
  table: Table,
  schema: StoredSchema<RxDocType>,
  { query }: PreparedQuery<RxDocType>,
): RxDocumentData<RxDocType>[] {
  const limit = query.limit ?? Number.POSITIVE_INFINITY;
  const { condition, sorted, sql } = planOf(table, query);
  if (condition.exact && sorted) {
    const cut = [Number.isFinite(limit) ? limit : -1, query.skip];
    const statement = table.statements.raw<StoredTexts>(`SELECT ${STORED_TEXTS} ${sql} LIMIT ? OFFSET ?`);
    return statement.all(...condition.params, ...cut).map((texts) => documentOf(texts));
  }
  const matches = condition.exact ? () => true : getQueryMatcher(schema, query);
  const end = query.skip + limit;
  const documents: RxDocumentData<RxDocType>[] = [];
  const rows = table.statements.raw<StoredTexts>(`SELECT ${STORED_TEXTS} ${sql}`);
  for (const texts of rows.iterate(...condition.params)) {
    const document = documentOf<RxDocType>(texts);
    if (matches(document)) documents.push(document);
    if (sorted && documents.length >= end) break;
  }
  if (!sorted) documents.sort(getSortComparator(schema, query));
  return documents.slice(query.skip, end);
}

/** Counts what {@link findDocuments} would return. `fast` where no document had to be parsed. */
export function countDocuments<RxDocType>(
  table: Table,
  schema: StoredSchema<RxDocType>,
  prepared: PreparedQuery<RxDocType>,
): RxStorageCountResult {
  const { query } = prepared;
  const condition = selectorToSql(query.selector, table.layout.columns);
  if (!condition.exact) return { count: findDocuments(table, schema, prepared).length, mode: 'slow' };
  const sql = `SELECT count(*) FROM ${source(table, query)} WHERE ${condition.sql}`;
  const found = table.statements.pluck<number>(sql).get(...condition.params) ?? 0;
  const afterSkip = Math.max(0, found - query.skip);
  return { count: Math.min(afterSkip, query.limit ?? afterSkip), mode: 'fast' };
}

/** SQLite's own words on how it runs a query: which index it searches, and whether it must sort. */
export function explainQuery<RxDocType>(table: Table, { query }: PreparedQuery<RxDocType>): string[] {
  const { condition, sql } = planOf(table, query);
  const rows = table.statements.prepare<{ detail: string }>(`EXPLAIN QUERY PLAN SELECT ${STORED_TEXTS} ${sql}`);
  return rows.all(...condition.params).map((row) => row.detail);
}

interface QueryPlan {
  readonly condition: Condition;
  /** True where SQL gives the rows in the order of the query. */
  readonly sorted: boolean;
  /** Everything behind the list of columns. */
  readonly sql: string;
}

function planOf<RxDocType>(table: Table, query: FilledMangoQuery<RxDocType>): QueryPlan {
  const condition = selectorToSql(query.selector, table.layout.columns);
  const order = orderBy(query.sort, table.layout);
  const rows = `FROM ${source(table, query)} WHERE ${condition.sql}`;
  return { condition, sorted: order !== undefined, sql: order === undefined ? rows : `${rows} ORDER BY ${order}` };
}

/** A query may name its index; otherwise SQLite chooses. */
function source<RxDocType>({ docs, indexes, layout }: Table, { index }: FilledMangoQuery<RxDocType>): string {
  const columns = index?.map((path) => layout.columns.get(path)?.name).join();
  const named = indexes.find((candidate) => candidate.columns.join() === columns);
  return named ? `${docs} INDEXED BY ${named.name}` : docs;
}

/** `undefined` where a field of the sort has no column, so that only RxDB's comparator knows the order. */
function orderBy<RxDocType>(sort: FilledMangoQuery<RxDocType>['sort'], { columns }: Layout): string | undefined {
  const terms = sort.flatMap(Object.entries).map(([path, direction]) => {
    const name = columns.get(path)?.name;
    return name && `${name} ${direction === 'desc' ? 'DESC' : 'ASC'}`;
  });
  return terms.every((term) => term !== undefined) ? terms.join(', ') : undefined;
}
