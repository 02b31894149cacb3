import Database from 'better-sqlite3';
import type { Pages } from './pages.ts';
import type { StoredValue } from './record.ts';
import { type RawRow, type RowReader, readOrphans, readTable } from './rows.ts';

/** A row by the names of its columns; null where they are not known, and only their order is. */
export interface NamedRow {
  readonly columns: readonly string[] | null;
  readonly values: readonly StoredValue[];
}

/** The table of one collection in one schema version. */
export interface CollectionTable {
  readonly database: string;
  readonly collection: string;
  readonly version: number;
  rows(): Generator<NamedRow>;
  /** After all rows were read: false if some could not be. */
  readonly complete: boolean;
}

/** What was found in a damaged file. */
export interface DamagedTables {
  readonly collections: readonly CollectionTable[];
  /** Rows of documents that no table claims. Read them after the tables: what those contain is not among them. */
  orphans(): Generator<NamedRow>;
  /** False if there may be tables that were not found. */
  readonly complete: boolean;
}

interface SchemaEntry {
  readonly name: string;
  readonly root: number;
  readonly sql: string;
}

/** Finds the tables of a file by its schema and its list of collections, also where these are found in stray pages only. */
export function findTables(pages: Pages): DamagedTables {
  const reached = new Set<number>();
  const schemaTable = readTable(pages, 1, reached);
  const entries = collect(schemaTable, ({ values }) => schemaEntry(values));
  if (!schemaTable.complete) entries.push(...collect(readOrphans(pages, reached), ({ values }) => schemaEntry(values)));
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const list = readTable(pages, byName.get('collections')?.root ?? 0, reached);
  const listed = collect(list, listedTable);
  const complete = schemaTable.complete && list.complete;
  if (!complete) listed.push(...collect(readOrphans(pages, reached), listedTable));
  const collections = [...new Map(listed.map((row) => [row.id, row])).values()].flatMap(({ id, values }) => {
    const entry = byName.get(`docs_${id}`);
    return entry === undefined ? [] : collectionTable(pages, { entry, values, reached });
  });
  return {
    collections,
    *orphans() {
      // What other tables hold is none of the documents that are looked for.
      for (const { name, root } of entries)
        if (!name.startsWith('docs_') && !reached.has(root)) collect(readTable(pages, root, reached), () => null);
      yield* orphanRows(pages, reached);
    },
    complete,
  };
}

function collect<T>(reader: RowReader, take: (row: RawRow) => T | null): T[] {
  const taken: T[] = [];
  for (const row of reader.rows()) {
    const entry = take(row);
    if (entry !== null) taken.push(entry);
  }
  return taken;
}

function listedTable({ rowid, values }: RawRow): { readonly id: number; readonly values: Listed } | null {
  return isListed(values) ? { id: rowid, values } : null;
}

type Listed = readonly [StoredValue, string, string, number, string];

function isListed(values: readonly StoredValue[]): values is Listed {
  const [, database, collection, version, paths] = values;
  const texts = [database, collection, paths].every((value) => typeof value === 'string');
  return values.length === 5 && texts && typeof version === 'number' && String(paths).startsWith('[');
}

function schemaEntry(values: readonly StoredValue[]): SchemaEntry | null {
  const [type, name, , root, sql] = values;
  const known = values.length === 5 && type === 'table' && typeof name === 'string' && typeof root === 'number';
  return known && typeof sql === 'string' ? { name, root, sql } : null;
}

function collectionTable(
  pages: Pages,
  { entry, values, reached }: { readonly entry: SchemaEntry; readonly values: Listed; readonly reached: Set<number> },
): CollectionTable {
  const [, database, collection, version] = values;
  const columns = columnsOf(entry);
  const reader = readTable(pages, entry.root, reached);
  return {
    database,
    collection,
    version,
    *rows() {
      for (const row of reader.rows()) yield { columns, values: withRowid(row) };
    },
    get complete() {
      return reader.complete;
    },
  };
}

/** SQLite itself reads the declaration of a table; null where it is damaged. */
function columnsOf({ name, sql }: SchemaEntry): readonly string[] | null {
  const scratch = new Database(':memory:');
  try {
    scratch.exec(sql);
    return scratch.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(name);
  } catch {
    return null;
  } finally {
    scratch.close();
  }
}

function* orphanRows(pages: Pages, reached: ReadonlySet<number>): Generator<NamedRow> {
  for (const row of readOrphans(pages, reached).rows()) {
    if (!isListed(row.values) && schemaEntry(row.values) === null) yield { columns: null, values: withRowid(row) };
  }
}

/** The first column of these tables is the row's own number, which a record does not repeat. */
function withRowid({ rowid, values }: RawRow): readonly StoredValue[] {
  return values[0] === null ? [rowid, ...values.slice(1)] : values;
}
