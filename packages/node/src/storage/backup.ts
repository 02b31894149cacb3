import { rmSync, statSync } from 'node:fs';
import { DatastoreError } from '@datastores/core';
import Database from 'better-sqlite3';
import { markBackup } from './backup-mark.ts';
import { checkTarget, partialName } from './backup-target.ts';
import { quickCheck } from './check-file.ts';
import { type Connection, isOpenHere } from './connection.ts';
import { renameDurably } from './durable-file.ts';

/** A finished backup. */
export interface Backup {
  /** Where it is, without links. */
  readonly path: string;
  readonly bytes: number;
}

/** What is done to a backup before it is checked and gets its name. It is a closed file at this path. */
export type PrepareBackup = (filename: string) => Promise<void>;

/** Pages copied in one go, about a megabyte: the event loop is free in between. */
const STEP = 256;

/** A write by another process starts the copy over; after so many times the rest is copied in one go. */
const MOST_RESTARTS = 3;

/**
 * Copies a database while it is used, as it is at one moment between two writes. The path gets the backup when it is
 * complete, synced to disk and found sound; until then what was there stays. Throws BACKUP_REFUSED where the path may not
 * be written to, BACKUP_FAILED with the reason otherwise; nothing of a failed backup stays behind.
 */
export async function backUp(connection: Connection, path: string, prepare?: PrepareBackup): Promise<Backup> {
  const target = checkTarget(path, isOpenHere);
  if (RUNNING.has(target)) throw new DatastoreError('BACKUP_REFUSED', `A backup to ${target} is being written.`);
  RUNNING.add(target);
  const partial = partialName(target);
  try {
    removePartial(partial);
    await copyInSteps(connection.database, partial);
    await prepare?.(partial);
    finish(partial);
    const problems = await quickCheck(partial);
    if (problems.length > 0) throw new Error(`it is damaged: ${problems.join('; ')}`);
    const { size: bytes } = statSync(partial);
    checkTarget(target, isOpenHere);
    renameDurably(partial, target);
    return { path: target, bytes };
  } catch (cause) {
    if (cause instanceof DatastoreError && cause.code === 'BACKUP_REFUSED') throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatastoreError('BACKUP_FAILED', `The backup to ${target} was not made (${reason}).`, { cause });
  } finally {
    RUNNING.delete(target);
    removePartial(partial);
  }
}

/** Targets of the backups that this process is writing. */
const RUNNING = new Set<string>();

async function copyInSteps(database: Database.Database, partial: string): Promise<void> {
  let [least, restarts] = [Number.POSITIVE_INFINITY, 0];
  await database.backup(partial, {
    progress({ remainingPages }) {
      if (remainingPages > least + STEP) restarts += 1;
      least = remainingPages;
      return restarts < MOST_RESTARTS ? STEP : Number.MAX_SAFE_INTEGER;
    },
  });
}

/** One file that needs no other beside it, with the mark of a backup. */
function finish(partial: string): void {
  const database = new Database(partial, { fileMustExist: true });
  try {
    markBackup(database);
    database.pragma('journal_mode = DELETE');
  } finally {
    database.close();
  }
}

function removePartial(partial: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(partial + suffix, { force: true });
}
