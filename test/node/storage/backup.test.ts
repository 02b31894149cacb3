import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DatastoreError } from '@datastores/core';
import { getRxStorageSQLite } from '@datastores/node';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { insert, item } from '../../suites/storage/item.ts';
import { prepared } from '../../suites/storage/prepared.ts';
import { openSqlitePlace } from './sqlite-place.ts';

const many = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, at) => item(`${prefix}${at}`, { note: 'x'.repeat(1_000) }));

async function refusal(promise: Promise<unknown>): Promise<Pick<DatastoreError, 'code' | 'message' | 'remedy'>> {
  return promise.then(
    () => ({ code: 'OPTION_INVALID' as const, message: 'nothing was refused', remedy: '' }),
    (error: DatastoreError) => error,
  );
}

test('a path where a backup must not be written is refused with the remedy, and what is there stays as it was', async () => {
  await using place = await openSqlitePlace();
  const storage = getRxStorageSQLite({ filename: place.filename });
  const instance = await place.open({ storage });
  await insert(instance, [item('a')]);
  const at = (name: string) => join(place.folder, name);
  writeFileSync(at('letter.txt'), 'Dear Sir or Madam');
  writeFileSync(at('empty'), '');
  mkdirSync(at('folder'));
  const foreign = new Database(at('foreign.db'));
  foreign.exec('CREATE TABLE theirs (a)');
  foreign.close();
  const other = getRxStorageSQLite({ filename: at('other.db') });
  const open = await place.open({ storage: other });
  const closed = await place.open({ filename: at('closed.db') });
  await closed.close();
  symlinkSync(place.filename, at('link.db'));
  writeFileSync(at('stray.db-wal'), 'the latest writes of something else');

  const before = readdirSync(place.folder)
    .filter((name) => !name.endsWith('-shm'))
    .map((name) => [name, name === 'folder' ? '' : readFileSync(at(name), 'latin1')]);
  const refused = {
    ' ': /needs the path of a file/,
    [place.filename]: /replica\.db is open/,
    [at('link.db')]: /replica\.db is open/,
    [at('other.db')]: /other\.db is open/,
    [at('closed.db')]: /closed\.db is a replica, not a backup/,
    [at('foreign.db')]: /foreign\.db is not a backup of datastores/,
    [at('letter.txt')]: /letter\.txt is not a backup of datastores/,
    [at('empty')]: /empty is not a backup of datastores/,
    [at('folder')]: /folder is not a file/,
    [at('stray.db')]: /stray\.db-wal is left of another database/,
    [join(at('letter.txt'), 'backup.db')]: /The folder of .* cannot be created/,
  };
  for (const [path, message] of Object.entries(refused)) {
    const error = await refusal(storage.backup(path));
    expect([error.code, error.message], path).toEqual(['BACKUP_REFUSED', expect.stringMatching(message)]);
    expect(error.remedy, path).toMatch(/Choose a path/);
  }
  const after = readdirSync(place.folder)
    .filter((name) => !name.endsWith('-shm'))
    .map((name) => [name, name === 'folder' ? '' : readFileSync(at(name), 'latin1')]);
  expect(after).toEqual(before);
  await insert(open, [item('b')]);
});

test('a backup is one file that holds what was there, in new folders too, and replaces an earlier backup', async () => {
  await using place = await openSqlitePlace();
  const storage = getRxStorageSQLite({ filename: place.filename });
  const instance = await place.open({ storage });
  await insert(instance, [item('first')]);
  const path = join(place.folder, 'daily', 'backup.db');
  expect(await storage.backup(path)).toMatchObject({ path, bytes: expect.any(Number) });
  await insert(instance, [item('second')]);
  await storage.backup(path);
  expect(readdirSync(join(place.folder, 'daily'))).toEqual(['backup.db']);

  const restored = await place.open({ filename: path });
  expect(await restored.findDocumentsById(['first', 'second'], false)).toHaveLength(2);
  await restored.close();
  expect((await refusal(storage.backup(path))).message, 'a backup that was opened').toMatch(
    /is a replica, not a backup/,
  );
});

test('a backup that another process has open is not replaced', async () => {
  await using place = await openSqlitePlace();
  const storage = getRxStorageSQLite({ filename: place.filename });
  await insert(await place.open({ storage }), [item('a')]);
  const path = join(place.folder, 'backup.db');
  await storage.backup(path);
  const reader = new Database(path);
  reader.pragma('journal_mode = WAL');
  reader.prepare('SELECT count(*) FROM sqlite_schema').get();
  expect(await refusal(storage.backup(path))).toMatchObject({
    code: 'BACKUP_REFUSED',
    message: expect.stringMatching(/is open in another process/),
  });
  reader.close();
  await storage.backup(path);
});

test('writes go on during a backup, which has each of them whole or not at all, and the event loop stays free', async () => {
  await using place = await openSqlitePlace();
  const storage = getRxStorageSQLite({ filename: place.filename, durability: 'normal' });
  const instance = await place.open({ storage });
  await insert(instance, many('before-', 20_000));
  const path = join(place.folder, 'backup.db');
  let done = false;
  const backup = storage.backup(path).finally(() => {
    done = true;
  });
  let bulks = 0;
  const sizes = new Set<number | undefined>();
  while (!done) {
    await insert(instance, many(`during-${bulks}-`, 10));
    bulks += 1;
    await new Promise((resolve) => setImmediate(resolve));
    sizes.add(statSync(`${path}.${process.pid}.partial`, { throwIfNoEntry: false })?.size);
  }
  await backup;
  expect(sizes.size, 'copied in steps, with writes in between').toBeGreaterThan(10);

  const restored = await place.open({ filename: path });
  const { documents } = await restored.query(prepared(restored, {}));
  expect(documents.filter(({ id }) => id.startsWith('before-'))).toHaveLength(20_000);
  const during = documents.filter(({ id }) => id.startsWith('during-'));
  const perBulk = new Map<string, number>();
  for (const { id } of during) {
    const bulk = id.slice(0, id.lastIndexOf('-'));
    perBulk.set(bulk, (perBulk.get(bulk) ?? 0) + 1);
  }
  expect([...perBulk.values()].filter((count) => count !== 10)).toEqual([]);
  expect(restored.internals.database.pragma('integrity_check', { simple: true })).toBe('ok');
});

test('a backup ends also where another process writes all the time', async () => {
  await using place = await openSqlitePlace();
  const storage = getRxStorageSQLite({ filename: place.filename, durability: 'normal' });
  await insert(await place.open({ storage }), many('a', 10_000));
  const other = new Database(place.filename);
  other.exec('CREATE TABLE ticks (at INTEGER)');
  const tick = other.prepare('INSERT INTO ticks VALUES (?)');
  let ticks = 0;
  const ticking = setInterval(() => tick.run(++ticks), 0);
  try {
    const path = join(place.folder, 'backup.db');
    await storage.backup(path);
    const restored = await place.open({ filename: path });
    expect(await restored.findDocumentsById(['a0', 'a9999'], false)).toHaveLength(2);
    expect(ticks).toBeGreaterThan(3);
  } finally {
    clearInterval(ticking);
    other.close();
  }
});

test('a backup that fails leaves the earlier one and nothing of itself, and says why', async () => {
  await using place = await openSqlitePlace();
  const storage = getRxStorageSQLite({ filename: place.filename });
  const instance = await place.open({ storage });
  await insert(instance, many('a', 2_000));
  const path = join(place.folder, 'backup.db');
  await storage.backup(path);
  const { database, table } = instance.internals;
  database.pragma('wal_checkpoint(TRUNCATE)');
  const earlier = readFileSync(path);

  // A damaged original: its copy is damaged as well.
  const root = Number(database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table));
  database.pragma('wal_checkpoint(TRUNCATE)');
  const damaged = join(place.folder, 'damaged.db');
  await instance.close();
  copyFileSync(place.filename, damaged);
  const bytes = readFileSync(damaged);
  bytes.fill(0xff, (root - 1) * 4_096, root * 4_096);
  writeFileSync(damaged, bytes);
  const error = await refusal(getRxStorageSQLite({ filename: damaged }).backup(path));
  expect([error.code, error.message]).toEqual([
    'BACKUP_FAILED',
    expect.stringMatching(/it is damaged: .*earlier backup/s),
  ]);
  expect(readFileSync(path).equals(earlier)).toBe(true);
  expect(readdirSync(place.folder).filter((name) => name.includes('partial'))).toEqual([]);
});

test('what a process that was killed left of its backup is removed by the next one', async () => {
  await using place = await openSqlitePlace();
  const storage = getRxStorageSQLite({ filename: place.filename });
  await insert(await place.open({ storage }), [item('a')]);
  const left = ['backup.db.999999999.partial', 'backup.db.999999999.partial-journal'];
  for (const name of left) writeFileSync(join(place.folder, name), 'half a backup');
  const other = join(place.folder, `backup.db.${process.ppid}.partial`);
  writeFileSync(other, 'of a process that is alive');
  await storage.backup(join(place.folder, 'backup.db'));
  expect(left.filter((name) => existsSync(join(place.folder, name)))).toEqual([]);
  expect(existsSync(other)).toBe(true);
});

test('two backups to one path at once: one is made, the other is refused', async () => {
  await using place = await openSqlitePlace();
  const storage = getRxStorageSQLite({ filename: place.filename });
  await insert(await place.open({ storage }), many('a', 100));
  const path = join(place.folder, 'backup.db');
  const results = await Promise.allSettled([storage.backup(path), storage.backup(path)]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(results[1]).toMatchObject({ reason: { code: 'BACKUP_REFUSED' } });
});

test('a database in memory can be backed up', async () => {
  await using place = await openSqlitePlace();
  const storage = getRxStorageSQLite({ filename: ':memory:' });
  await insert(await place.open({ storage }), [item('a')]);
  const path = join(place.folder, 'backup.db');
  await storage.backup(path);
  expect(await (await place.open({ filename: path })).findDocumentsById(['a'], false)).toHaveLength(1);
});
