import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatastoreError } from '@datastores/core';
import Database from 'better-sqlite3';
import { isBackup } from './backup-mark.ts';
import { isOurs } from './file-format.ts';

/**
 * Looks whether a backup may be written to a path, creating its folder. Returns the path without links. What is there
 * already may only be a backup that is not open: a database of something else, a replica or any other file is refused with
 * BACKUP_REFUSED and left as it is.
 */
export function checkTarget(path: string, isOpen: (file: string) => boolean): string {
  if (typeof path !== 'string' || path.trim() === '') throw refused('A backup needs the path of a file to write to.');
  const target = existsSync(path) ? realpathSync(path) : newFile(resolve(path));
  if (!existsSync(target)) return target;
  if (isOpen(target)) throw refused(`${target} is open.`);
  if (!statSync(target).isFile()) throw refused(`${target} is not a file.`);
  if (!isOurs(header(target))) throw refused(`${target} is not a backup of datastores.`);
  replaceable(target);
  return target;
}

function newFile(target: string): string {
  try {
    mkdirSync(dirname(target), { recursive: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw refused(`The folder of ${target} cannot be created (${reason}).`, cause);
  }
  // SQLite would take it for the latest writes of the backup.
  if (existsSync(`${target}-wal`)) throw refused(`${target}-wal is left of another database.`);
  return target;
}

/**
 * The header as it is on disk, without SQLite: opened by it, another program's database would be locked, and given files
 * beside it.
 */
function header(target: string): Buffer {
  const bytes = Buffer.alloc(100);
  const handle = openSync(target, 'r');
  try {
    readSync(handle, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(handle);
  }
  return bytes;
}

/** Leaving WAL takes that nobody else has the file open, and that nothing of it is left beside it. */
function replaceable(target: string): void {
  let database: Database.Database | undefined;
  try {
    database = new Database(target, { fileMustExist: true, timeout: 0 });
    if (!isBackup(database)) throw refused(`${target} is a replica, not a backup.`);
    database.pragma('journal_mode = DELETE');
  } catch (error) {
    if (error instanceof DatastoreError) throw error;
    const busy = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
    throw refused(busy ? `${target} is open in another process.` : `${target} cannot be replaced.`, error);
  } finally {
    database?.close();
  }
}

/** The name under which a backup is written until it is complete. What processes that died left under such names goes. */
export function partialName(target: string): string {
  const [folder, name] = [dirname(target), basename(target)];
  for (const file of readdirSync(folder)) {
    const [, pid] = file.startsWith(`${name}.`) ? (/\.(\d+)\.partial(?:-wal|-shm|-journal)?$/.exec(file) ?? []) : [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, file), { force: true });
  }
  return join(folder, `${name}.${process.pid}.partial`);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function refused(message: string, cause?: unknown): DatastoreError {
  return new DatastoreError('BACKUP_REFUSED', message, { cause });
}
