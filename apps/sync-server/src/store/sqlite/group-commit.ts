import type { Database } from 'better-sqlite3';
import type { Commit } from '../store.ts';
import { storeClosed } from '../store-closed.ts';
import { type Group, type Job, startGroup } from '../work/group.ts';
import { isFatal, storeFailure } from './failure.ts';
import type { ScopeTable } from './scopes.ts';

/** At this many documents, or characters of them, a transaction ends: nobody shall wait long for a neighbour. */
const MAX_GROUP_WEIGHT = 500;
const MAX_GROUP_SIZE = 2 * 1024 * 1024;

/** Runs jobs one after the other, as many as fit in one transaction. */
export interface GroupCommit {
  /** Resolves when the job is durable. Rejects, with the job alone undone, if it throws. */
  run<T>(job: Job<T>): Promise<T>;
  /** Finishes the queue; refuses what comes later. */
  close(): Promise<void>;
}

/** Where the jobs run, and who is told of their commits. */
export interface GroupCommitOptions {
  readonly database: Database;
  readonly scopes: ScopeTable;
  readonly clock: () => number;
  readonly onCommit: (commit: Commit) => void;
}

interface Member extends Job<unknown> {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * A commit costs a flush to disk, so everything that arrived since the last one shares the next. Each job runs under its
 * own savepoint and sees what the jobs before it did. Jobs run in the order in which they came.
 */
export function createGroupCommit(options: GroupCommitOptions): GroupCommit {
  const { database } = options;
  const statements = prepare(database);
  let queue: Member[] = [];
  let scheduled = false;
  let closing: Promise<void> | null = null;
  let drained: () => void = () => {};

  return {
    run: (job) => {
      if (closing !== null) return Promise.reject(storeClosed());
      return new Promise((resolve, reject) => {
        queue.push({ ...job, resolve: resolve as Member['resolve'], reject });
        schedule();
      });
    },
    close: () => {
      closing ??= new Promise((resolve) => {
        drained = resolve;
        if (queue.length === 0) resolve();
      });
      return closing;
    },
  };

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  }

  function flush(): void {
    scheduled = false;
    const commit = commitGroup();
    if (queue.length > 0) schedule();
    else drained();
    if (commit !== null) options.onCommit(commit);
  }

  function commitGroup(): Commit | null {
    const settled: (() => void)[] = [];
    // Until a transaction has begun, everyone waits for the same lock: let nobody wait for it one after the other.
    let members = queue.length;
    try {
      statements.begin.run();
      members = 0;
      const group = startGroup(options.scopes, options.clock());
      for (const member of queue) {
        if (!fits(group, member)) break;
        members += 1;
        settled.push(runMember(group, member));
      }
      const commit = group.seal();
      statements.commit.run();
      queue = queue.slice(members);
      for (const settle of settled) settle();
      return commit;
    } catch (error) {
      if (database.inTransaction) statements.rollback.run();
      rejectFirst(members, error);
      return null;
    }
  }

  function runMember(group: Group, member: Member): () => void {
    // Alone, it is undone with the transaction: a savepoint would have every page that it changes copied first.
    if (queue.length === 1) {
      const result = group.run(member);
      return () => member.resolve(result);
    }
    statements.savepoint.run();
    try {
      const result = group.run(member);
      statements.release.run();
      return () => member.resolve(result);
    } catch (error) {
      // SQLite may have ended the transaction by itself; then nothing of the group is left to commit.
      if (isFatal(error) || !database.inTransaction) throw error;
      statements.undo.run();
      statements.release.run();
      return () => member.reject(storeFailure(error));
    }
  }

  function rejectFirst(count: number, error: unknown): void {
    const members = queue.slice(0, count);
    queue = queue.slice(count);
    for (const member of members) member.reject(storeFailure(error));
  }
}

function fits(group: Group, next: Member): boolean {
  if (group.weight === 0) return true;
  return group.weight + Math.max(1, next.weight) <= MAX_GROUP_WEIGHT && group.size < MAX_GROUP_SIZE;
}

function prepare(database: Database) {
  return {
    begin: database.prepare('begin immediate'),
    commit: database.prepare('commit'),
    rollback: database.prepare('rollback'),
    savepoint: database.prepare('savepoint job'),
    release: database.prepare('release job'),
    undo: database.prepare('rollback to job'),
  };
}
