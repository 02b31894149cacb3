import Sqlite, { type Database, type Statement } from 'better-sqlite3';
import type { Kind } from '../documents/kinds.ts';

/** The values of one row: id, the indexed fields, the text of the document. */
export type BareRow = readonly unknown[];

/** Documents in one SQLite table, and nothing else. */
export interface BareTable {
  readonly database: Database;
  /** Makes the row of a document and its text. */
  readonly rowOf: (document: Readonly<Record<string, unknown>>, text: string) => BareRow;
  readonly insert: Statement<unknown[]>;
  /** Writes the indexed fields and the text of a row that is there. */
  readonly update: (row: BareRow) => void;
  /** Inserts all rows in one transaction. */
  readonly insertAll: (rows: readonly BareRow[]) => void;
}

/**
 * What all controls keep their documents in: one table with the id as primary key, a column for each indexed field, the
 * text of the document, and the indexes of the datastore. WAL with synchronous FULL and the cache that ours has.
 */
export function openBareTable(filename: string, { datastore }: Pick<Kind, 'datastore'>): BareTable {
  const database = new Sqlite(filename);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('cache_size = -32768');
  const fields = [...new Set(datastore.indexes.flat())].filter((field) => field !== 'id');
  database.exec(
    `create table if not exists document (id text primary key, ${fields.map((field) => `"${field}", `).join('')} body text not null)`,
  );
  for (const [number, index] of datastore.indexes.entries()) {
    const columns = index.map((field) => `"${field}"`).join(', ');
    database.exec(`create index if not exists document_${number} on document (${columns})`);
  }
  const columns = ['id', ...fields, 'body'];
  const insert = database.prepare<unknown[]>(`insert into document values (${columns.map(() => '?').join(', ')})`);
  const assignments = columns.slice(1).map((column) => `"${column}" = ?`);
  const update = database.prepare<unknown[]>(`update document set ${assignments.join(', ')} where id = ?`);
  return {
    database,
    rowOf: (document, text) => [document['id'], ...fields.map((field) => document[field]), text],
    insert,
    update: ([id, ...values]) => void update.run(...values, id),
    insertAll: database.transaction((rows: readonly BareRow[]) => {
      for (const row of rows) insert.run(...row);
    }),
  };
}
