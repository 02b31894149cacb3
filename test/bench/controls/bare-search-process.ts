// The bare work of `search`: one FTS5 table over the fields that the product datastore searches, beside the table of
// documents. A search is MATCH in the order of bm25, the 20 best, their texts fetched and parsed.
import { join } from 'node:path';
import { canonicalJson, type JsonDocument } from '@datastores/core/schema';
import type { Statement } from 'better-sqlite3';
import { answer } from '../answer.ts';
import { kindOf, SEED } from '../documents/kinds.ts';
import { type Reads, randomPrefixes, randomWordPairs, SEARCH_HITS } from '../documents/queries.ts';
import { latencies } from '../latencies.ts';
import { type BareTable, openBareTable } from './bare-table.ts';

const FILL_BATCH = 1_000;

const kind = kindOf({ datastore: 'product', search: true });
let table: BareTable;
let match: Statement<[string], string>;

const commands = {
  fill({ folder, docs }: { readonly folder: string; readonly docs: number }): void {
    const { search } = kind.datastore;
    table = openBareTable(join(folder, 'bare-search.db'), kind);
    const { database, insert, rowOf } = table;
    database.exec(`create virtual table found using fts5(${search.join(', ')}, content='')`);
    const index = database.prepare<unknown[]>(
      `insert into found (rowid, ${search.join(', ')}) values (?, ${search.map(() => '?').join(', ')})`,
    );
    const insertAll = database.transaction((documents: readonly JsonDocument[]) => {
      for (const document of documents) {
        const { lastInsertRowid } = insert.run(...rowOf(document, canonicalJson(document)));
        index.run(lastInsertRowid, ...search.map((field) => textOf(document[field])));
      }
    });
    for (let start = 0; start < docs; start += FILL_BATCH) {
      insertAll(Array.from({ length: Math.min(FILL_BATCH, docs - start) }, (_, at) => kind.make(SEED, start + at)));
    }
    match = database
      .prepare<[string], string>(
        `select body from found join document on document.rowid = found.rowid
         where found match ? order by rank limit ${SEARCH_HITS}`,
      )
      .pluck();
  },

  words: (reads: Reads) => latencies(randomWordPairs(reads), search),
  /** The last word as a beginning. */
  typed: (reads: Reads) =>
    latencies(
      randomWordPairs(reads).map((pair) => `${pair}*`),
      search,
    ),
  prefixes: (reads: Reads) =>
    latencies(
      randomPrefixes(reads).map((prefix) => `${prefix}*`),
      search,
    ),
  close: () => void table.database.close(),
};

/** What this process can be asked for. */
export type BareSearchCommands = typeof commands;

answer(commands);

function search(query: string): readonly unknown[] {
  const found = match.all(query).map((body) => JSON.parse(body));
  if (found.length === 0) throw new Error(`Nothing was found for "${query}".`);
  return found;
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join(' ') : String(value ?? '');
}
