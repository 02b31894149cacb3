import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { DatastoreError } from '@datastores/core';
import Database from 'better-sqlite3';
import { type Commits, createCommits } from './commits.ts';
import { prepareFile } from './file-format.ts';
import { reserveLogSpace } from './log-space.ts';
import { readableError } from './sqlite-error.ts';

/** How durable a commit is: `full` survives power loss, `normal` survives a crash of the process but not of the machine. */
export type Durability = 'full' | 'normal';

/** What {@link createConnections} opens: a path (or `:memory:`), and how. */
export interface ConnectionOptions {
  readonly filename: string;
  readonly durability: Durability;
  /** Milliseconds that a write waits for another process to finish its own. */
  readonly busyTimeoutMs: number;
}

/** A connection that all instances of one file share. Each user calls `release` once; the last one closes the file. */
export interface Connection {
  readonly database: Database.Database;
  readonly commits: Commits;
  readonly filename: string;
  readonly release: () => void;
}

interface Shared {
  readonly database: Database.Database;
  readonly commits: Commits;
  users: number;
}

/** Copying the log into the file costs two more flushes, so it waits for 16 MiB of it instead of 4. */
export const CHECKPOINT_PAGES = 4_000;

/** One connection per file in this process: two would only wait for each other. */
const OPEN_FILES = new Map<string, Shared>();

/**
 * Returns a function that takes a share in the connection to one file, opening it for the first user. A database in memory
 * is shared by the users of one returned function only, and is gone after the last release.
 */
export function createConnections(options: ConnectionOptions): () => Connection {
  const inMemory = options.filename === ':memory:';
  const filename = inMemory ? options.filename : resolve(options.filename);
  const open = inMemory ? new Map<string, Shared>() : OPEN_FILES;
  return () => acquire(open, { ...options, filename });
}

/** True if this process has the file open, by whatever name. */
export function isOpenHere(file: string): boolean {
  const { dev, ino } = statSync(file);
  return [...OPEN_FILES.keys()].some((open) => {
    const other = statSync(open, { throwIfNoEntry: false });
    return other?.dev === dev && other.ino === ino;
  });
}

function acquire(open: Map<string, Shared>, options: ConnectionOptions): Connection {
  const { filename } = options;
  const shared = open.get(filename) ?? share(options);
  shared.users++;
  open.set(filename, shared);
  if (options.durability === 'full') shared.commits.toDisk();
  let released = false;
  const release = () => {
    if (released) return;
    released = true;
    shared.users--;
    if (shared.users > 0) return;
    open.delete(filename);
    try {
      shared.commits.close();
    } finally {
      shared.database.close();
    }
  };
  return { database: shared.database, commits: shared.commits, filename, release };
}

function share(options: ConnectionOptions): Shared {
  const database = openDatabase(options);
  return { database, commits: createCommits(database, options.filename), users: 0 };
}

function openDatabase({ filename, durability, busyTimeoutMs }: ConnectionOptions): Database.Database {
  createFolder(filename);
  let database: Database.Database | undefined;
  try {
    database = new Database(filename, { timeout: busyTimeoutMs });
    switchToWal(database, busyTimeoutMs);
    database.pragma(`synchronous = ${durability}`);
    database.pragma('cache_size = -32768');
    database.pragma('journal_size_limit = 67108864');
    database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    prepareFile(database, filename);
    if (durability === 'full') reserveLogSpace(database, filename);
    return database;
  } catch (error) {
    database?.close();
    throw readableError(error, filename);
  }
}

function createFolder(filename: string): void {
  if (filename === ':memory:') return;
  try {
    mkdirSync(dirname(filename), { recursive: true });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatastoreError('STORAGE_UNAVAILABLE', `The folder of ${filename} cannot be created (${reason}).`, {
      cause,
      remedy: 'Choose a path in a folder that this user may write.',
    });
  }
}

/** SQLite does not wait (busy_timeout) while several processes switch a new file to WAL at once: ask again until one has. */
function switchToWal(database: Database.Database, busyTimeoutMs: number): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (const end = Date.now() + busyTimeoutMs; ; ) {
    try {
      database.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      const busy = error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');
      if (!busy || Date.now() > end) throw error;
      Atomics.wait(pause, 0, 0, 10);
    }
  }
}
