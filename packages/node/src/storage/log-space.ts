import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type Database from 'better-sqlite3';

/** Room for some hundred single writes, until the log is copied into the file and begins anew. */
const SPACE_BYTES = 8 * 1024 * 1024;

const ZEROS = Buffer.alloc(1024 * 1024);

/**
 * Gives the write-ahead log its room before anything is written there: a commit that makes the file longer has the file
 * system flush its own log too, and takes a quarter longer than one that writes over what is there. Zeros after the end of
 * the log are no frames to SQLite (https://www.sqlite.org/fileformat2.html#the_write_ahead_log). No process writes there
 * meanwhile, because the lock of writers is held. Where there is no room for it, it is left.
 */
export function reserveLogSpace(database: Database.Database, filename: string): void {
  if (filename === ':memory:') return;
  database.exec('BEGIN IMMEDIATE');
  try {
    extend(`${filename}-wal`);
  } finally {
    database.exec('ROLLBACK');
  }
}

function extend(log: string): void {
  let file: number;
  try {
    file = openSync(log, 'r+');
  } catch {
    return;
  }
  const { size } = fstatSync(file);
  try {
    for (let end = size; end < SPACE_BYTES; ) {
      end += writeSync(file, ZEROS, 0, Math.min(ZEROS.length, SPACE_BYTES - end), end);
    }
  } catch {
    ftruncateSync(file, size);
  } finally {
    closeSync(file);
  }
}
