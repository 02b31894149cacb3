import { DatastoreError, type Transactions } from '@datastores/core';
import type Database from 'better-sqlite3';
import { createLogSync } from './log-sync.ts';
import { createSequence, type Sequence } from './sequence.ts';
import { readableError } from './sqlite-error.ts';

/** The transactions of a file. All its collections share one. */
export interface Commits extends Transactions {
  /** The numbers of its writes. */
  readonly sequence: Sequence;
  /** From now on what `now` has written is on disk when it returns, and not only in the hands of the system. */
  toDisk(): void;
  /** Commits what was left for later and lets go of the log. To be called before the file is closed. */
  close(): void;
  /** Calls this after the write that is being run: once it is committed, or, left for later, once it is done. */
  afterwards(tell: () => void): void;
}

/** A write left for later waits at most so long when nothing more comes, milliseconds. */
const LONGEST_WAIT_MS = 100;

/** A transaction that took so long is committed: the longer it is, the longer the commit holds up everything else. */
const LONGEST_WORK_MS = 30;

/**
 * Collects writes whose loss would cost no more than repeating them (pulled pages with their checkpoint) into few large
 * transactions: an index page that a thousand documents touch is then written once, and the disk flushed once.
 */
export function createCommits(database: Database.Database, filename: string): Commits {
  const begin = database.prepare('BEGIN IMMEDIATE');
  const commit = database.prepare('COMMIT');
  const rollback = database.prepare('ROLLBACK');
  const savepoint = database.prepare('SAVEPOINT job');
  const release = database.prepare('RELEASE job');
  const undo = database.prepare('ROLLBACK TO job');
  const sequence = createSequence(database);
  /** True inside a write: one that it makes in turn is part of it. */
  let running = false;
  let writes = 0;
  let begun = 0;
  let losses = 0;
  let told: (() => void)[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const log = createLogSync(filename);
  let onDisk = false;
  let level: 'FULL' | 'NORMAL' | undefined;

  /** What others left for later is committed first: how a commit goes to disk cannot be changed in a transaction. */
  function open(wanted: 'FULL' | 'NORMAL'): void {
    if (database.inTransaction) {
      if (!onDisk || wanted === 'NORMAL' || level === 'FULL') return;
      end();
    }
    if (onDisk && level !== wanted) {
      database.pragma(`synchronous = ${wanted}`);
      level = wanted;
    }
    begin.run();
    sequence.begun();
    begun = performance.now();
    writes = 0;
  }

  /** Undoes the work alone if it throws, unless SQLite has ended the whole transaction by itself. */
  function guarded<Result>(work: () => Result): Result {
    if (writes === 0) return work();
    savepoint.run();
    try {
      const result = work();
      release.run();
      return result;
    } catch (error) {
      if (database.inTransaction) {
        undo.run();
        release.run();
      }
      throw error;
    }
  }

  function end(): void {
    clearTimeout(timer);
    timer = undefined;
    try {
      sequence.store();
      commit.run();
    } catch (error) {
      abandon();
      throw error;
    }
  }

  function abandon(): void {
    clearTimeout(timer);
    timer = undefined;
    told = [];
    if (writes > 0) losses += 1;
    writes = 0;
    if (database.inTransaction) rollback.run();
  }

  /** Runs the work in the open transaction. What others left for later is none of its failures' business. */
  function run<Result>(work: () => Result, wanted: 'FULL' | 'NORMAL'): Result {
    open(wanted);
    running = true;
    try {
      return guarded(work);
    } catch (error) {
      told = [];
      if (writes === 0 || !database.inTransaction) abandon();
      throw error;
    } finally {
      running = false;
    }
  }

  function tellAll(): void {
    const listeners = told;
    told = [];
    for (const tell of listeners) tell();
  }

  function commitNow(since = losses): void {
    if (since !== losses) throw lost();
    if (database.open && database.inTransaction) end();
  }

  async function flush(since: number): Promise<void> {
    readably(() => commitNow(since));
    if (!onDisk) return;
    try {
      await log.sync();
    } catch (error) {
      throw unflushed(filename, error);
    }
  }

  function readably<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw readableError(error, filename);
    }
  }

  function committed<Result>(work: () => Result, wanted: 'FULL' | 'NORMAL'): Result {
    return readably(() => {
      if (running) return work();
      const result = run(work, wanted);
      end();
      tellAll();
      return result;
    });
  }

  return {
    sequence,
    now: (work) => committed(work, 'FULL'),
    repeatable: (work) => committed(work, 'NORMAL'),
    later: (work, since) =>
      readably(() => {
        if (since !== losses) throw lost();
        if (running) return work();
        const result = run(work, 'NORMAL');
        writes += 1;
        if (performance.now() - begun > LONGEST_WORK_MS) end();
        else timer ??= setTimeout(flushQuietly, LONGEST_WAIT_MS);
        tellAll();
        return result;
      }),
    flush,
    toDisk() {
      onDisk = filename !== ':memory:';
    },
    close() {
      try {
        readably(() => commitNow());
      } finally {
        void log.close();
      }
    },
    losses: () => losses,
    afterwards: (tell) => told.push(tell),
  };

  /** Nobody waits for this commit. Who wrote what it loses is told at the next write, by the count of losses. */
  function flushQuietly(): void {
    timer = undefined;
    try {
      commitNow();
    } catch {
      // counted by `abandon`
    }
  }
}

function lost(): DatastoreError {
  return new DatastoreError(
    'STORAGE_UNAVAILABLE',
    'Writes that were left for later could not be committed and are lost; repeat them.',
  );
}

function unflushed(filename: string, cause: unknown): DatastoreError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new DatastoreError('STORAGE_UNAVAILABLE', `${filename} cannot be flushed to disk (${reason}).`, { cause });
}
