import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DatastoreError } from '@datastores/core';

/** A data folder that belongs to this process until it is released. */
export interface FolderLock {
  /** Gives the folder back; doing so twice is fine. */
  release(): void;
}

const LOCK_FILE = 'replica.lock';

/**
 * Takes a data folder for this process, creating it if need be. Two processes on one replica would both push its journal
 * and both think that they had answered for it. A lock left behind by a process that died is taken over. Throws
 * FOLDER_LOCKED naming the other process, or FOLDER_UNUSABLE naming what is wrong with the path.
 */
export function lockFolder(folder: string): FolderLock {
  const file = join(folder, LOCK_FILE);
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw unusable(folder, cause);
  }
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const handle = createLockFile(file, folder);
    if (handle !== null) {
      writeSync(handle, String(process.pid));
      closeSync(handle);
      held.add(file);
      return { release: () => release(file) };
    }
    removeIfStale(file, folder);
  }
  throw new DatastoreError(
    'FOLDER_LOCKED',
    `The folder ${folder} could not be locked; another process keeps taking it.`,
  );
}

/** Lock files of this process: its own pid in a file that it does not hold is that of an earlier process with the same pid. */
const held = new Set<string>();

function createLockFile(file: string, folder: string): number | null {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw unusable(folder, cause);
  }
}

function removeIfStale(file: string, folder: string): void {
  const owner = ownerOf(file);
  if (owner !== null && isAlive(owner) && (owner !== process.pid || held.has(file))) {
    throw new DatastoreError('FOLDER_LOCKED', `The folder ${folder} is open in process ${owner} (${file}).`);
  }
  rmSync(file, { force: true });
}

function ownerOf(file: string): number | null {
  try {
    const owner = Number(readFileSync(file, 'utf8'));
    return Number.isInteger(owner) && owner > 0 ? owner : null;
  } catch {
    return null;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function release(file: string): void {
  if (!held.delete(file)) return;
  rmSync(file, { force: true });
}

function unusable(folder: string, cause: unknown): DatastoreError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DatastoreError('FOLDER_UNUSABLE', `The folder ${folder} cannot be used (${reason}).`, { cause });
}
