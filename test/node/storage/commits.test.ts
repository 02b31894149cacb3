import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createCommits } from '../../../packages/node/src/storage/commits.ts';

function place() {
  const database = new Database(':memory:');
  database.exec('CREATE TABLE t (n INTEGER PRIMARY KEY)');
  const commits = createCommits(database, ':memory:');
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

test('a write that fails takes nothing with it that was left for later, and tells nobody', () => {
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
  at.commits.flush();
  expect(at.rows()).toEqual([1]);
  expect(told).toEqual([]);
});

test('a write made inside another one is part of it: committed with it, or undone with it', () => {
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
  at.commits.flush();
  expect(at.rows()).toEqual([1, 2, 3]);
});

test('listeners hear of a write that is due now once it is committed, and of one for later once it is done', () => {
  using at = place();
  const told: boolean[] = [];
  const tell = () => told.push(at.database.inTransaction);
  at.commits.now(() => at.commits.afterwards(tell));
  at.commits.later(() => at.commits.afterwards(tell), 0);
  expect(told).toEqual([false, true]);
  at.commits.flush();
});

test('where what was left for later is lost, whoever built on it is told before it writes on', () => {
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
  expect(() => at.commits.flush(since)).toThrow(/lost; repeat/);
  at.commits.later(at.put(3), at.commits.losses());
  at.commits.flush(at.commits.losses());
  expect(at.rows()).toEqual([3]);
});
