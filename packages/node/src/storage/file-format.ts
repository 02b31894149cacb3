import { DatastoreError } from '@datastores/core';
import type Database from 'better-sqlite3';
import { isBackup, unmarkBackup } from './backup-mark.ts';
import { SEARCHES_SQL } from './search/definition.ts';

/** Marks the file as ours in its header ("DSTR"), so that no other program's database is written by mistake. */
const APPLICATION_ID = 0x44535452;
const FORMAT = 2;

/**
 * Creates the tables that every file has, or checks that the file is one this version can read.
 * Throws `STORAGE_UNREADABLE` for a database of another program or of a newer version, before anything is changed.
 */
export function prepareFile(database: Database.Database, filename: string): void {
  // In one snapshot: another process may be creating it between two reads.
  const prepared = database.transaction(() => isPrepared(database, filename)).deferred();
  if (!prepared) createFormat(database, filename);
  else if (isBackup(database)) unmarkBackup(database);
  database.exec(SEARCHES_SQL);
}

function createFormat(database: Database.Database, filename: string): void {
  database
    .transaction(() => {
      if (isPrepared(database, filename)) return;
      database.exec(`
        CREATE TABLE collections (
          id INTEGER PRIMARY KEY AUTOINCREMENT,
          database TEXT NOT NULL,
          collection TEXT NOT NULL,
          version INTEGER NOT NULL,
          key_paths TEXT NOT NULL,
          UNIQUE (database, collection, version)
        );
        CREATE TABLE sequence (last INTEGER NOT NULL);
        INSERT INTO sequence VALUES (0);
        ANALYZE sequence;
      `);
      database.pragma(`application_id = ${APPLICATION_ID}`);
      database.pragma(`user_version = ${FORMAT}`);
    })
    .immediate();
}

/** True for the first bytes of a file that this storage has made. */
export function isOurs(header: Buffer): boolean {
  return header.toString('latin1', 0, 16) === 'SQLite format 3\0' && header.readUInt32BE(68) === APPLICATION_ID;
}

/** A collection that has a table in the file. */
export interface ListedCollection {
  readonly database: string;
  readonly collection: string;
  readonly version: number;
}

/** The collections in a file, by their stored names: those that are ASCII text are as they were given. */
export function listCollections(database: Database.Database): readonly ListedCollection[] {
  return database.prepare<[], ListedCollection>('SELECT database, collection, version FROM collections').all();
}

function isPrepared(database: Database.Database, filename: string): boolean {
  const application = database.pragma('application_id', { simple: true });
  const format = database.pragma('user_version', { simple: true });
  if (application === APPLICATION_ID && format === FORMAT) return true;
  const tables = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get();
  if (application === 0 && format === 0 && tables === 0) return false;
  const what = application === APPLICATION_ID ? `has format ${format}, this version reads ${FORMAT}` : 'is not ours';
  throw new DatastoreError('STORAGE_UNREADABLE', `${filename} ${what}.`);
}
