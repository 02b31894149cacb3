import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createAside } from '../../../packages/node/src/storage/aside.ts';
import { temporaryFolder } from '../../support/folder.ts';

test('a statement runs in a thread, and this one sees what it did and reads meanwhile', async () => {
  await using folder = await temporaryFolder();
  const filename = join(folder.path, 'a.db');
  const database = new Database(filename);
  database.pragma('journal_mode = WAL');
  database.exec(
    'CREATE TABLE numbers AS WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 300000) SELECT n FROM s',
  );
  const aside = createAside(filename);
  const running = aside.run('CREATE INDEX by_n ON numbers (n)');
  expect(database.prepare('SELECT count(*) FROM numbers').pluck().get()).toBe(300_000);
  await running;
  expect(database.prepare('SELECT name FROM sqlite_schema WHERE type = ?').pluck().all('index')).toEqual(['by_n']);
  await aside.close();
  database.close();
});

test('a statement that fails says why, and the next one runs', async () => {
  await using folder = await temporaryFolder();
  const filename = join(folder.path, 'a.db');
  const database = new Database(filename);
  database.exec('CREATE TABLE t (n)');
  const aside = createAside(filename);
  await expect(aside.run('CREATE INDEX i ON missing (n)')).rejects.toThrow('no such table');
  await aside.run('CREATE INDEX i ON t (n)');
  await aside.close();
  await expect(aside.run('SELECT 1')).rejects.toThrow('has ended');
  database.close();
});

test('a file that is not there fails the statement and ends the thread all the same', async () => {
  await using folder = await temporaryFolder();
  const aside = createAside(join(folder.path, 'none.db'));
  await expect(aside.run('SELECT 1')).rejects.toThrow('unable to open');
  await aside.close();
});
