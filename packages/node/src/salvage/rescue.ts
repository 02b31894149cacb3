import type Database from 'better-sqlite3';
import { fillWithDefaultSettings, prepareQuery, type RxDocumentData } from 'rxdb';
import { getRxStorageSQLite } from '../storage/storage.ts';
import type { StoredValue } from './record.ts';
import type { NamedRow } from './tables.ts';

/** A document as it was stored, of whatever collection. */
export type RescuedDocument = RxDocumentData<Record<string, unknown>>;

/** Turns rows of a damaged file into documents. */
export interface Rescue {
  /** The document of each row in any order; null for a row that is none. `distinct`: no two rows are of one document. */
  documents(rows: Iterable<NamedRow>, distinct: boolean): AsyncGenerator<RescuedDocument | null>;
  close(): Promise<void>;
}

/** Rows that are read in one go. */
const BATCH = 200;

/**
 * Opens a table in memory that rows are put into as they are, to be read as documents by the storage itself: how documents lie
 * in a row is known there alone. One for documents of each primary key.
 */
export async function openRescue(primaryKey: string): Promise<Rescue> {
  const schema = fillWithDefaultSettings<Record<string, unknown>>({
    version: 0,
    primaryKey,
    type: 'object',
    properties: { [primaryKey]: { type: 'string', maxLength: 1_000 } },
  });
  const instance = await getRxStorageSQLite({ filename: ':memory:' }).createStorageInstance<Record<string, unknown>>({
    databaseInstanceToken: 'rescue',
    databaseName: 'rescue',
    collectionName: 'rescue',
    schema,
    options: {},
    multiInstance: false,
    devMode: false,
  });
  const { database, table } = instance.internals;
  const everything = prepareQuery(schema, { selector: {}, sort: [{ [primaryKey]: 'asc' }], skip: 0 } as never);
  const put = createPut(database, table);

  async function read(rows: readonly NamedRow[]): Promise<readonly (RescuedDocument | null)[]> {
    try {
      database.exec(`DELETE FROM ${table}`);
      for (const row of rows) put(row);
      return (await instance.query(everything)).documents;
    } catch {
      if (rows.length === 1) return [null];
      const found: (RescuedDocument | null)[] = [];
      for (const row of rows) found.push(...(await read([row])));
      return found;
    }
  }

  return {
    async *documents(rows, distinct) {
      let batch: NamedRow[] = [];
      for (const row of rows) {
        batch.push(row);
        if (batch.length < (distinct ? BATCH : 1)) continue;
        yield* await read(batch);
        batch = [];
      }
      if (batch.length > 0) yield* await read(batch);
    },
    close: () => instance.close(),
  };
}

function createPut(database: Database.Database, table: string): (row: NamedRow) => void {
  const own = database.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table);
  const statements = new Map<string, Database.Statement<StoredValue[]>>();
  return ({ columns, values }) => {
    const named = values.map((value, at) => ({ name: (columns ?? own)[at], value }));
    const known = named.filter(({ name }) => name !== undefined && own.includes(name));
    const names = known.map(({ name }) => name).join();
    const sql = `INSERT INTO ${table} (${names}) VALUES (${known.map(() => '?').join()})`;
    const statement = statements.get(sql) ?? database.prepare<StoredValue[]>(sql);
    statements.set(sql, statement);
    statement.run(...known.map(({ value }) => value));
  };
}
