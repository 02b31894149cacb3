import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatastoreError, isDatastoreError } from '@datastores/core';
import Sqlite, { type Database } from 'better-sqlite3';
import { sqliteCode, storeFailure } from './failure.ts';
import { migrate } from './migrate.ts';
import { APPLICATION_ID } from './schema.ts';

/** How long a statement waits for another process that has the file locked. The process stands still meanwhile. */
const BUSY_TIMEOUT_MS = 3_000;

/** Room for the inner pages of the indexes of some million documents; the default of 2 MiB reads them again and again. */
const CACHE_KIB = 32 * 1024;

/** Copying the log into the file costs two more flushes, so it waits for 16 MiB of it instead of 4. */
const CHECKPOINT_PAGES = 4_000;

/**
 * Opens or creates the file, with its folder, and brings it to the newest schema. Throws STORE_UNAVAILABLE naming the
 * file and the reason; the file is left as it was.
 */
export function openDatabase(filename: string, now: number): Database {
  let database: Database | null = null;
  try {
    mkdirSync(dirname(filename), { recursive: true });
    database = new Sqlite(filename, { timeout: BUSY_TIMEOUT_MS });
    // In one snapshot: another process may be creating it between two reads.
    database.transaction(assertOurs).deferred(database);
    configure(database);
    migrate(database, now);
    return database;
  } catch (error) {
    database?.close();
    throw openFailure(filename, error);
  }
}

/** Before anything is set, since even the journal mode is a change of the file. */
function assertOurs(database: Database): void {
  if (database.pragma('application_id', { simple: true }) === APPLICATION_ID) return;
  if (database.prepare('select 1 from sqlite_master limit 1').get() === undefined) return;
  throw new DatastoreError('STORE_UNAVAILABLE', 'The file is an SQLite database of another program.', {
    remedy: 'Name another file; this one was not changed.',
  });
}

function configure(database: Database): void {
  const mode = database.pragma('journal_mode = WAL', { simple: true });
  if (mode !== 'wal') {
    throw new DatastoreError('STORE_UNAVAILABLE', 'The file system does not support write-ahead logging.', {
      remedy: 'Put the store on a local disk.',
    });
  }
  // After each open: the binding opens WAL files with NORMAL, which loses acknowledged commits when the power fails.
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  database.pragma(`cache_size = ${-CACHE_KIB}`);
  database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
}

function openFailure(filename: string, error: unknown): DatastoreError {
  const remedy = isDatastoreError(error) ? { remedy: error.remedy } : {};
  return new DatastoreError('STORE_UNAVAILABLE', `The store ${filename} cannot be opened: ${reasonOf(error)}`, {
    ...remedy,
    cause: error,
  });
}

function reasonOf(error: unknown): string {
  const known = sqliteCode(error) === null ? error : storeFailure(error);
  if (isDatastoreError(known)) return known.message.replace(`${known.code}: `, '').replace(` ${known.remedy}`, '');
  return known instanceof Error ? `${known.message}.` : String(known);
}
