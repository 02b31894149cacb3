import type { StoredRow } from '@datastores/core';
import { isServerOwned } from '@datastores/core/protocol';
import { JOURNAL, type ReadEntries, readEntries } from '@datastores/core/replica';
import Sqlite from 'better-sqlite3';
import { fillWithDefaultSettings } from 'rxdb';
import { REPLICA } from '../replica-name.ts';
import { layoutOf } from '../storage/layout.ts';
import { readRows } from '../storage/read-rows.ts';
import { createStatements } from '../storage/statements.ts';

/** A document as it is stored. */
type Row = StoredRow<{ readonly id: string }>;

/** A replica that is read as it lies in its file. */
export interface FoundReplica extends ReadEntries {
  /** The datastores in the newest version that is there. */
  readonly datastores: readonly {
    readonly name: string;
    readonly version: number;
    readonly rows: () => Iterable<Row>;
  }[];
  close(): void;
}

interface Listed {
  readonly id: number;
  readonly collection: string;
  readonly version: number;
  readonly key_paths: string;
}

const PAGE = 500;

/**
 * Opens the file of a replica for reading alone: not even SQLite's log is taken into it, of which the next opening may still
 * have to judge whether it is complete.
 */
export function openFoundReplica(filename: string): FoundReplica {
  const database = new Sqlite(filename, { readonly: true, fileMustExist: true });
  try {
    const listed = database
      .prepare<[string], Listed>('SELECT id, collection, version, key_paths FROM collections WHERE database = ?')
      .all(REPLICA);
    const journal = listed.find(({ collection }) => collection === JOURNAL);
    const rowsOf = (table: Listed, primaryKey: string) => rowsIn(database, table, primaryKey);
    const newest = new Map<string, Listed>();
    for (const table of listed) {
      if (!/^[a-z]/.test(table.collection) || isOwn(table.collection)) continue;
      const known = newest.get(table.collection);
      if (known === undefined || known.version < table.version) newest.set(table.collection, table);
    }
    const entries = journal === undefined ? [] : [...rowsOf(journal, 'key')].flatMap(({ document }) => document ?? []);
    return {
      ...readEntries(entries),
      datastores: [...newest.values()].map((table) => ({
        name: table.collection,
        version: table.version,
        rows: () => rowsOf(table, 'id'),
      })),
      close: () => void database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function* rowsIn(database: Sqlite.Database, table: Listed, primaryKey: string): Generator<Row> {
  const schema = fillWithDefaultSettings({
    version: table.version,
    primaryKey,
    type: 'object',
    properties: { [primaryKey]: { type: 'string', maxLength: 240 } },
  } as never);
  const layout = layoutOf(schema as never, JSON.parse(table.key_paths));
  const place = { docs: `docs_${table.id}`, layout, statements: createStatements(database) };
  for (let after = -1; ; ) {
    const rows = readRows<{ readonly id: string }>(place, after, PAGE);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.place;
  }
}

/** The journal, and what the server says of writes and systems, are no datastores of the application. */
function isOwn(collection: string): boolean {
  return collection === JOURNAL || isServerOwned(collection);
}
