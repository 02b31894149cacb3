import { join } from 'node:path';
import { customers } from '@datastores/core';
import { openDatastores } from '@datastores/node';
import type { Database } from 'better-sqlite3';
import { expect, test } from 'vitest';
import { insert, item } from '../../suites/storage/item.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { openSqlitePlace, type SQLiteItems } from './sqlite-place.ts';

/** What SQLite calls the two: FULL syncs the log to disk with every commit, NORMAL with every checkpoint. */
const [NORMAL, FULL] = [1, 2];

/** What is in effect on the connection that an instance writes through, seen from inside one of its writes. */
async function inEffect(instance: SQLiteItems, id: string): Promise<unknown> {
  const { database } = instance.internals;
  let seen: unknown;
  instance.changeStream().subscribe(() => {
    seen = database.pragma('synchronous', { simple: true });
  });
  await insert(instance, [item(id)]);
  return seen;
}

test('a commit is synced to disk by default, also after reopening, and not where durability is normal', async () => {
  await using place = await openSqlitePlace();
  const effects: unknown[] = [];
  for (const [at, durability] of ([undefined, 'normal', 'full', 'normal', undefined] as const).entries()) {
    const instance = await place.open(durability ? { durability } : {});
    effects.push(
      await inEffect(instance, `${at}`),
      instance.internals.database.pragma('journal_mode', { simple: true }),
    );
    await instance.close();
  }
  expect(effects).toEqual([FULL, 'wal', NORMAL, 'wal', FULL, 'wal', NORMAL, 'wal', FULL, 'wal']);
});

test.each([
  ['normal', 'full'],
  ['full', 'normal'],
] as const)(
  'of two storages on one file, %s first and %s second, the stricter decides as long as the file is open',
  async (first, second) => {
    await using place = await openSqlitePlace();
    const [one, two] = [
      await place.open({ durability: first }),
      await place.open({ durability: second, collectionName: 'others' }),
    ];
    expect(await inEffect(one, 'a')).toBe(FULL);
    expect(await inEffect(two, 'a')).toBe(FULL);
    await (first === 'full' ? one : two).close();
    const left = first === 'full' ? two : one;
    expect(await inEffect(left, 'b'), 'after the strict one was closed').toBe(FULL);
    await left.close();
    expect(await inEffect(await place.open({ durability: 'normal' }), 'c'), 'after all were closed').toBe(NORMAL);
  },
);

test('each file has its own durability', async () => {
  await using place = await openSqlitePlace();
  const strict = await place.open();
  const loose = await place.open({ filename: join(place.folder, 'other.db'), durability: 'normal' });
  expect([await inEffect(strict, 'a'), await inEffect(loose, 'a')]).toEqual([FULL, NORMAL]);
});

test('openDatastores syncs every write unless told otherwise, journal and documents through one connection', async () => {
  using folder = temporaryFolder();
  const effects: unknown[] = [];
  for (const durability of [undefined, 'normal', undefined] as const) {
    const options = { folder: folder.path, datastores: [customers], drainMs: false } as const;
    const stores = await openDatastores(durability ? { ...options, durability } : options);
    const { database } = stores.customer.storageInstance.internals as { database: Database };
    effects.push(database.pragma('synchronous', { simple: true }));
    const [{ file }] = database.pragma('database_list') as [{ file: string }];
    expect(file).toBe(join(folder.path, 'replica.db'));
    const tables = database.prepare('SELECT collection FROM collections').pluck().all();
    expect(tables).toEqual(expect.arrayContaining(['customer', 'datastores-journal']));
    await stores.close();
  }
  expect(effects).toEqual([FULL, NORMAL, FULL]);
});
