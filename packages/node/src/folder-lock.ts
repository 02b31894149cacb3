import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { DatastoreError } from '@datastores/core';

/** A data folder that belongs to this process until it is released. */
export interface FolderLock {
  /** What a process left behind that had the folder and did not release it; null where there was none. */
  readonly left: LeftLock | null;
  /** Tells whoever comes after a crash how far this process had got. */
  note(state: FolderState): void;
  /** Gives the folder back; doing so twice is fine. */
  release(): void;
}

/** `open`: the database is open, with SQLite's log beside it. */
export type FolderState = 'opening' | 'open' | 'closing';

/** The lock of a process that died. */
export interface LeftLock {
  /** How far it had got; null where that cannot be read. */
  readonly state: FolderState | null;
  /** False if the machine was started anew since: what was not synced to disk may be lost. */
  readonly sinceBoot: boolean;
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
  let left: LeftLock | null = null;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const handle = createLockFile(file, folder);
    if (handle !== null) {
      writeSync(handle, content('opening'));
      held.set(file, handle);
      return { left, note: (state) => note(file, state), release: () => release(file) };
    }
    left = removeIfStale(file, folder);
  }
  throw new DatastoreError(
    'FOLDER_LOCKED',
    `The folder ${folder} could not be locked; another process keeps taking it.`,
  );
}

/** The process that has a data folder open; null: none. */
export function ownerOf(folder: string): number | null {
  const file = join(folder, LOCK_FILE);
  const { owner } = readLock(file);
  return owner !== null && isAlive(owner) && (owner !== process.pid || held.has(file)) ? owner : null;
}

/** Lock files of this process: its own pid in a file that it does not hold is that of an earlier process with the same pid. */
const held = new Map<string, number>();

/** All states are of one length, so that one overwrites another whole. */
function content(state: FolderState): string {
  return `${process.pid}\n${state.padEnd(7)}\n${bootId()}\n`;
}

/** The same as long as the machine runs; elsewhere than on Linux the minute in which it was started. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return `${Math.round(Date.now() / 60_000 - uptime() / 60)}`;
  }
}

function note(file: string, state: FolderState): void {
  const handle = held.get(file);
  if (handle !== undefined) writeSync(handle, content(state), 0);
}

function createLockFile(file: string, folder: string): number | null {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return null;
    throw unusable(folder, cause);
  }
}

function removeIfStale(file: string, folder: string): LeftLock {
  const { owner, ...left } = readLock(file);
  if (owner !== null && isAlive(owner) && (owner !== process.pid || held.has(file))) {
    throw new DatastoreError('FOLDER_LOCKED', `The folder ${folder} is open in process ${owner} (${file}).`);
  }
  rmSync(file, { force: true });
  return left;
}

function readLock(file: string): LeftLock & { readonly owner: number | null } {
  let lines: readonly string[] = [];
  try {
    lines = readFileSync(file, 'utf8').split('\n');
  } catch {
    // Released meanwhile, or not readable: nobody's either way.
  }
  const owner = Number(lines[0]);
  const state = lines[1]?.trim();
  return {
    owner: Number.isInteger(owner) && owner > 0 ? owner : null,
    state: state === 'opening' || state === 'open' || state === 'closing' ? state : null,
    sinceBoot: lines[2] === bootId(),
  };
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
  const handle = held.get(file);
  if (handle === undefined) return;
  held.delete(file);
  closeSync(handle);
  rmSync(file, { force: true });
}

function unusable(folder: string, cause: unknown): DatastoreError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DatastoreError('FOLDER_UNUSABLE', `The folder ${folder} cannot be used (${reason}).`, { cause });
}
