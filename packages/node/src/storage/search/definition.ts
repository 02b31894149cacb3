import { TERMS_VERSION } from '@datastores/core/search';
import type Database from 'better-sqlite3';
import type { Table } from '../table.ts';

/** What the search index of a table is made of, and how far it has got. */
export interface Definition {
  /** Fields and rules of splitting as one text: two indexes with the same are the same. */
  readonly signature: string;
  readonly fields: readonly string[];
}

/** Which rows an index holds: those above `target`, which came after it was declared, and those up to `cursor`. */
export interface Progress {
  readonly signature: string;
  readonly cursor: number;
  readonly target: number;
}

/**
 * Lists the index of each table in the file. What a process has declared is told here rather than in its memory: another
 * process of an older or newer version of the application writes into the same index then, not past it.
 */
export const SEARCHES_SQL = `
  CREATE TABLE IF NOT EXISTS searches (
    collection INTEGER PRIMARY KEY, signature TEXT NOT NULL, fields TEXT NOT NULL,
    cursor INTEGER NOT NULL, target INTEGER NOT NULL
  )`;

/** SQL name of the index of a table. */
export function indexName({ id }: Pick<Table, 'id'>): string {
  return `search_${id}`;
}

/** The definition of these fields by the present rules. The letters that Unicode knows differ between versions of Node. */
export function definitionOf(fields: readonly string[]): Definition {
  return { fields, signature: JSON.stringify([fields, TERMS_VERSION, process.versions['unicode']]) };
}

/**
 * Makes the index of a table that of these fields: an existing one of other fields is dropped, a new one is empty and has
 * the documents that are there before it. No fields: no index.
 */
export function declareIndex(table: Table, fields: readonly string[]): void {
  const wanted = definitionOf(fields);
  if (signatureOf(table) === (fields.length === 0 ? undefined : wanted.signature)) return;
  table.connection.commits.now(() => {
    if (signatureOf(table) === wanted.signature) return;
    dropIndex(table);
    if (fields.length > 0) createIndex(table, wanted);
  });
}

/** Removes the index of a table and what is known of it. */
export function dropIndex(table: Pick<Table, 'database' | 'id'>): void {
  table.database.exec(`DROP TABLE IF EXISTS ${indexName(table)}`);
  table.database.prepare('DELETE FROM searches WHERE collection = ?').run(table.id);
}

/** What the index of a table holds at present; undefined if it has none. */
export function signatureOf({ statements, id }: Pick<Table, 'statements' | 'id'>): string | undefined {
  return statements.pluck<string>('SELECT signature FROM searches WHERE collection = ?').get(id);
}

/** The fields of the index of a table. */
export function fieldsOf({ statements, id }: Pick<Table, 'statements' | 'id'>): readonly string[] {
  return JSON.parse(statements.pluck<string>('SELECT fields FROM searches WHERE collection = ?').get(id) ?? '[]');
}

/** How far the index of a table has got; undefined if it has none. */
export function progressOf({ statements, id }: Pick<Table, 'statements' | 'id'>): Progress | undefined {
  return statements.prepare<Progress>('SELECT signature, cursor, target FROM searches WHERE collection = ?').get(id);
}

/**
 * Without the texts themselves, which the documents hold already: an index with its own copy is twice as large and takes
 * twice as long per update. A hash of 8 MB instead of 1 lets a transaction of a few thousand documents become one
 * segment; merging of segments is left to quiet times as far as possible, see tidy.ts.
 */
function createIndex(table: Table, { signature, fields }: Definition): void {
  const { database, docs, id } = table;
  const name = indexName(table);
  const columns = fields.map((_, at) => `c${at}`).join(', ');
  database.exec(`
    CREATE VIRTUAL TABLE ${name} USING fts5(${columns}, content = '', contentless_delete = 1, tokenize = 'ascii');
    INSERT INTO ${name} (${name}, rank) VALUES ('hashsize', 8388608), ('automerge', 8), ('usermerge', 2)`);
  const target = lastRow(database, docs);
  database
    .prepare('INSERT INTO searches (collection, signature, fields, cursor, target) VALUES (?, ?, ?, 0, ?)')
    .run(id, signature, JSON.stringify(fields), target);
}

function lastRow(database: Database.Database, docs: string): number {
  return database.prepare<[], number>(`SELECT ifnull(max(row), 0) FROM ${docs}`).pluck().get() ?? 0;
}
