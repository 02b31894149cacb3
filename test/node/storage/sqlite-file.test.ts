import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatastoreError } from '@datastores/core';
import { getRxStorageSQLite } from '@datastores/node';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { attachmentSchema, insert, item } from '../../suites/storage/item.ts';
import { openSqlitePlace } from './sqlite-place.ts';

test('all collections lie in one file, opened once and closed with the last of them', async () => {
  await using place = await openSqlitePlace();
  const [items, others] = [await place.open(), await place.open({ collectionName: 'others' })];
  expect(items.internals.database).toBe(others.internals.database);
  await items.close();
  await insert(others, [item('a')]);
  await others.close();
  expect(others.internals.database.open).toBe(false);
  expect(await readdir(place.folder)).toEqual(['replica.db']);
});

test('removing a collection leaves nothing of it in the file', async () => {
  await using place = await openSqlitePlace();
  const [removed, kept] = [
    await place.open({ schema: attachmentSchema }),
    await place.open({ collectionName: 'kept' }),
  ];
  const { database, table } = removed.internals;
  await insert(removed, [item('a')]);
  await removed.remove();
  const tables = database.prepare(
    "SELECT name FROM sqlite_schema WHERE name GLOB 'docs_*' OR name GLOB 'attachments_*'",
  );
  expect(
    tables
      .pluck()
      .all()
      .filter((name) => !String(name).startsWith(kept.internals.table)),
  ).toEqual([]);
  expect(database.prepare('SELECT count(*) FROM sqlite_stat1 WHERE tbl = ?').pluck().get(table)).toBe(0);
});

test('a second instance of a removed collection says that it was removed', async () => {
  await using place = await openSqlitePlace();
  const [one, two] = [await place.open(), await place.open()];
  await one.remove();
  const error = await errorOf(two.bulkWrite([{ document: item('a') }], 'test'));
  expect([error.code, error.message]).toEqual(['REPLICA_CLOSED', expect.stringMatching(/the collection was removed/)]);
});

test('a commit is synced to the disk unless durability is normal', async () => {
  await using place = await openSqlitePlace();
  const synchronous = async (durability?: 'full' | 'normal') => {
    const { internals, close } = await place.open(durability ? { durability } : {});
    const { database } = internals;
    const found = [database.pragma('synchronous', { simple: true }), database.pragma('journal_mode', { simple: true })];
    await close();
    return found;
  };
  expect(await synchronous()).toEqual([2, 'wal']);
  expect(await synchronous('normal')).toEqual([1, 'wal']);
  const normal = await place.open({ durability: 'normal' });
  await place.open({ durability: 'full' });
  await insert(normal, [item('a')]);
  expect(normal.internals.database.pragma('synchronous', { simple: true }), 'the stricter user decides').toBe(2);
});

test('a database in memory belongs to one storage and leaves no file', async () => {
  await using place = await openSqlitePlace();
  const storage = getRxStorageSQLite({ filename: ':memory:' });
  const [one, two] = [await place.open({ storage }), await place.open({ storage })];
  const other = await place.open({ storage: getRxStorageSQLite({ filename: ':memory:' }) });
  await insert(one, [item('a')]);
  expect(await two.findDocumentsById(['a'], false)).toHaveLength(1);
  expect(await other.findDocumentsById(['a'], false)).toEqual([]);
  expect(await readdir(place.folder)).toEqual([]);
});

test('missing folders are created, and a folder that cannot be is named with the remedy', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open({ filename: join(place.folder, 'new', 'folder', 'a.db') });
  await insert(instance, [item('a')]);
  await writeFile(join(place.folder, 'file'), '');
  const error = await errorOf(place.open({ filename: join(place.folder, 'file', 'a.db') }));
  expect(error.code).toBe('STORAGE_UNAVAILABLE');
  expect(error.message).toMatch(/The folder of .*a\.db cannot be created .*Choose a path in a folder/);
});

test('a folder in the place of the file is named with the remedy', async () => {
  await using place = await openSqlitePlace();
  await mkdir(place.filename);
  const error = await errorOf(place.open());
  expect(error.code).toBe('STORAGE_UNAVAILABLE');
  expect(error.message).toMatch(/replica\.db: the database cannot be opened .*not a folder/);
});

test('a full disk refuses the write with a readable error, keeps what was there and goes on when there is space', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  await insert(instance, [item('kept')]);
  const { database } = instance.internals;
  const pages = Number(database.pragma('page_count', { simple: true }));
  database.pragma(`max_page_count = ${pages}`);
  const told: string[] = [];
  instance.changeStream().subscribe((bulk) => told.push(...bulk.events.map((event) => event.documentId)));
  const large = item('large', { note: 'x'.repeat(1_000_000) });
  const error = await errorOf(instance.bulkWrite([{ document: item('small') }, { document: large }], 'test'));
  expect([error.code, error.retryable]).toEqual(['STORAGE_UNAVAILABLE', true]);
  expect(error.message).toMatch(/the disk is full, nothing of this write was stored .*Free disk space/);
  expect(told).toEqual([]);
  expect(await instance.findDocumentsById(['kept', 'small', 'large'], true)).toHaveLength(1);
  database.pragma('max_page_count = 1000000');
  await insert(instance, [large]);
  expect(told).toEqual(['large']);
});

test('a read-only database refuses the write with a readable error', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  instance.internals.database.pragma('query_only = 1');
  const error = await errorOf(instance.bulkWrite([{ document: item('a') }], 'test'));
  expect(error.message).toMatch(
    /^STORAGE_UNAVAILABLE: .*the database is read-only.*Make the file and its folder writable/,
  );
});

test('a write that waits for another process longer than busyTimeoutMs fails with a readable, retryable error', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open({ busyTimeoutMs: 50 });
  const other = new Database(place.filename);
  other.exec('BEGIN IMMEDIATE');
  const error = await errorOf(instance.bulkWrite([{ document: item('a') }], 'test'));
  expect([error.code, error.retryable]).toEqual(['STORAGE_UNAVAILABLE', true]);
  expect(error.message).toMatch(/another process held the database longer than busyTimeoutMs/);
  other.close();
  await insert(instance, [item('a')]);
});

test('a file that is no database, another program’s or a newer version’s is refused unchanged', async () => {
  await using place = await openSqlitePlace();
  await writeFile(place.filename, 'not a database, but long enough to be looked at by SQLite. '.repeat(20));
  const noDatabase = await errorOf(place.open());
  expect(noDatabase.code).toBe('STORAGE_UNREADABLE');
  expect(noDatabase.message).toMatch(/the file is not an SQLite database/);

  const foreign = join(place.folder, 'foreign.db');
  const other = new Database(foreign);
  other.exec('CREATE TABLE theirs (a)');
  expect((await errorOf(place.open({ filename: foreign }))).message).toMatch(
    /STORAGE_UNREADABLE: .*foreign\.db is not ours/,
  );
  expect(other.prepare('SELECT group_concat(name) FROM sqlite_schema').pluck().get()).toBe('theirs');
  other.close();

  const newer = join(place.folder, 'newer.db');
  const instance = await place.open({ filename: newer });
  instance.internals.database.pragma('user_version = 99');
  await instance.close();
  expect((await errorOf(place.open({ filename: newer }))).message).toMatch(/has format 99, this version reads 2/);
});

test('options that cannot be used are refused at once', () => {
  for (const options of [
    { filename: ' ' },
    { filename: 'a', durability: 'some' },
    { filename: 'a', busyTimeoutMs: -1 },
  ]) {
    expect(() => getRxStorageSQLite(options as { filename: string })).toThrow(DatastoreError);
  }
});

async function errorOf(promise: Promise<unknown>): Promise<DatastoreError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof DatastoreError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown');
}
