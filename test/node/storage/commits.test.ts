import { renameSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createCommits } from '../../../packages/node/src/storage/commits.ts';
import { temporaryFolder } from '../../support/folder.ts';

function place(filename = ':memory:') {
  const database = new Database(filename);
  database.pragma('journal_mode = WAL');
  database.exec('CREATE TABLE t (n INTEGER PRIMARY KEY)');
  database.exec('CREATE TABLE sequence (last INTEGER NOT NULL); INSERT INTO sequence VALUES (0);');
  const commits = createCommits(database, filename);
  const put = (n: number) => () => database.prepare('INSERT INTO t VALUES (?)').run(n);
  const rows = () => database.prepare('SELECT n FROM t').pluck().all();
  return { database, commits, put, rows, [Symbol.dispose]: () => database.close() };
}

test('what is left for later is seen at once and committed by the next write that is due now', () => {
  using at = place();
  at.commits.later(at.put(1), 0);
  expect(at.database.inTransaction).toBe(true);
  expect(at.rows()).toEqual([1]);
  at.commits.now(at.put(2));
  expect(at.database.inTransaction).toBe(false);
  expect(at.rows()).toEqual([1, 2]);
});

test('what is left for later is committed by itself soon', async () => {
  using at = place();
  at.commits.later(at.put(1), 0);
  await expect.poll(() => at.database.inTransaction, { timeout: 2_000 }).toBe(false);
  expect(at.rows()).toEqual([1]);
});

test('a write that fails takes nothing with it that was left for later, and tells nobody', async () => {
  using at = place();
  const told: number[] = [];
  at.commits.later(at.put(1), 0);
  const failing = () => {
    at.put(2)();
    at.commits.afterwards(() => told.push(2));
    throw new Error('no');
  };
  expect(() => at.commits.now(failing)).toThrow('no');
  expect(() => at.commits.later(failing, 0)).toThrow('no');
  await at.commits.flush(at.commits.losses());
  expect(at.rows()).toEqual([1]);
  expect(told).toEqual([]);
});

test('a write made inside another one is part of it: committed with it, or undone with it', async () => {
  using at = place();
  at.commits.later(() => {
    at.put(1)();
    at.commits.now(at.put(2));
    expect(at.database.inTransaction).toBe(true);
    at.put(3)();
  }, 0);
  expect(() =>
    at.commits.now(() => {
      at.commits.now(at.put(4));
      throw new Error('no');
    }),
  ).toThrow('no');
  await at.commits.flush(at.commits.losses());
  expect(at.rows()).toEqual([1, 2, 3]);
});

test('listeners hear of a write that is due now once it is committed, and of one for later once it is done', async () => {
  using at = place();
  const told: boolean[] = [];
  const tell = () => told.push(at.database.inTransaction);
  at.commits.now(() => at.commits.afterwards(tell));
  at.commits.later(() => at.commits.afterwards(tell), 0);
  expect(told).toEqual([false, true]);
  await at.commits.flush(at.commits.losses());
});

test('where what was left for later is lost, whoever built on it is told before it writes on', async () => {
  using at = place();
  const since = at.commits.losses();
  at.commits.later(at.put(1), since);
  // As SQLite itself does when the disk is full in the middle of a transaction.
  const full = () => {
    at.database.exec('ROLLBACK');
    throw new Error('disk full');
  };
  expect(() => at.commits.now(full)).toThrow('disk full');
  expect(at.rows()).toEqual([]);
  expect(() => at.commits.later(at.put(2), since)).toThrow(expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }));
  await expect(at.commits.flush(since)).rejects.toThrow(/lost; repeat/);
  at.commits.later(at.put(3), at.commits.losses());
  await at.commits.flush(at.commits.losses());
  expect(at.rows()).toEqual([3]);
});

test('what is due now is flushed with its commit, what is left for later without holding up anything', async () => {
  using folder = temporaryFolder();
  using at = place(join(folder.path, 'replica.db'));
  at.commits.toDisk();
  const seen: unknown[] = [];
  const level = () => seen.push(at.database.pragma('synchronous', { simple: true }));
  at.commits.now(level);
  at.commits.later(level, 0);
  expect(at.database.inTransaction).toBe(true);
  at.commits.now(level);
  at.commits.later(at.put(1), 0);
  expect(() =>
    at.commits.now(() => {
      level();
      throw new Error('no');
    }),
  ).toThrow('no');
  await at.commits.flush(0);
  expect(seen).toEqual([2, 1, 2, 2]);
  expect(at.rows()).toEqual([1]);
  expect(at.commits.losses()).toBe(0);
  at.commits.close();
});

test('what would only be repeated is committed at once and on disk with what follows', () => {
  using folder = temporaryFolder();
  using at = place(join(folder.path, 'replica.db'));
  at.commits.toDisk();
  const seen: unknown[] = [];
  const level = () => seen.push(at.database.pragma('synchronous', { simple: true }));
  at.commits.repeatable(() => {
    level();
    at.put(1)();
  });
  expect(at.database.inTransaction).toBe(false);
  expect(() =>
    at.commits.repeatable(() => {
      at.put(2)();
      throw new Error('no');
    }),
  ).toThrow('no');
  at.commits.now(() => at.commits.repeatable(level));
  expect(seen).toEqual([1, 2]);
  expect(at.rows()).toEqual([1]);
  at.commits.close();
});

test('a log that cannot be flushed is told, and nothing is taken for durable', async () => {
  using folder = temporaryFolder();
  using at = place(join(folder.path, 'replica.db'));
  at.commits.toDisk();
  at.commits.later(at.put(1), 0);
  renameSync(join(folder.path, 'replica.db-wal'), join(folder.path, 'elsewhere'));
  await expect(at.commits.flush(0)).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retryable: true });
  renameSync(join(folder.path, 'elsewhere'), join(folder.path, 'replica.db-wal'));
  await at.commits.flush(0);
  at.commits.close();
});
