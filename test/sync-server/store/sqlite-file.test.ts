import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { APPLICATION_ID, MIGRATIONS } from '../../../apps/sync-server/src/store/sqlite/schema.ts';
import { edit, notes, put, SCOPE } from '../../suites/store/edits.ts';
import { createSqlitePlace } from './sqlite-place.ts';
import { startWriter } from './writer-process.ts';

test('a restored older copy shows by its head and by the tags of its commits', async () => {
  await using place = await createSqlitePlace();
  const before = await place.open();
  await put(before, notes(5));
  await before.close();
  copyFileSync(place.filename, `${place.filename}.copy`);
  const lost = await place.open();
  await put(lost, notes(3, 'lost'));
  const { position } = await lost.head(SCOPE);
  await lost.close();

  copyFileSync(`${place.filename}.copy`, place.filename);
  const restored = await place.open();
  expect((await restored.head(SCOPE)).position.seq).toBe(5);
  expect(await restored.tagAt(SCOPE, position.seq)).toBeNull();
  await put(restored, notes(4, 'other'));
  expect(restored.epoch).toBe(position.epoch);
  expect(await restored.tagAt(SCOPE, position.seq)).toMatch(/./);
  expect(await restored.tagAt(SCOPE, position.seq)).not.toBe(position.tag);
});

test('the folder of a new store is made with it', async () => {
  await using place = await createSqlitePlace();
  const filename = join(place.folder, 'deep', 'er', 'store.db');
  await (await place.open({ filename })).close();
  expect(existsSync(filename)).toBe(true);
});

test('a store that a newer version wrote is refused and left as it is', async () => {
  await using place = await createSqlitePlace();
  await (await place.open()).close();
  change(place.filename, "insert into migration values (999, 'sharding', 'abc', 0)");
  const before = readFileSync(place.filename);
  await expect(place.open()).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringMatching(/store\.db cannot be opened: A newer version of the server wrote.*999: sharding/),
    remedy: expect.stringContaining('Start that version or a later one'),
  });
  expect(readFileSync(place.filename).equals(before)).toBe(true);
});

test('a store of the first schema goes on with its documents and what was credited to replicas', async () => {
  await using place = await createSqlitePlace();
  await (await place.open()).close();
  const [first] = MIGRATIONS;
  rmSync(place.filename);
  change(
    place.filename,
    `${first?.sql}; create table migration (number integer primary key, name text, checksum text, applied_at integer);
     insert into migration values (1, '${first?.name}', '${createHash('sha256')
       .update(first?.sql ?? '')
       .digest('hex')}', 0);
     insert into meta values ('epoch', 'e'); insert into scope_head values ('${SCOPE}', 1, 0);
     insert into scope_commit values ('${SCOPE}', 1, 't', 0); insert into tally values ('${SCOPE}', 'note', 1, 0);
     insert into document values ('${SCOPE}', 'note', 'a', 1, 'e.1.t', 0, 0, 'replica-1', null, 0, '{"id":"a"}');
     insert into counted values ('${SCOPE}', 'note', 'a', 'replica-1', null, 3, 0, '{}');
     pragma application_id = ${APPLICATION_ID}`,
  );
  const store = await place.open();
  const key = { datastore: 'note', id: 'a' };
  expect(await store.document(SCOPE, key)).toMatchObject({ version: 'e.1.t', author: 'replica-1', body: '{"id":"a"}' });
  const credit = async () => {
    const request = { scope: SCOPE, documents: [key], replica: 'replica-1' };
    return (await store.write(request, (current) => ({ result: current.counted(key) }))).result;
  };
  expect(await credit()).toEqual({
    ...{ ...key, replica: 'replica-1', base: null, edit: 3, refused: false, amounts: {} },
  });
  const counted = { ...key, replica: 'replica-1', base: 'e.1.t', edit: 4, refused: false, amounts: {} };
  const documents = [edit('a', { b: 1 }, { base: 'e.1.t' })];
  await store.write({ scope: SCOPE }, () => ({ documents, counted: [counted], result: null }));
  expect(await credit()).toEqual(counted);
});

test('a store whose schema was made by something else is refused', async () => {
  await using place = await createSqlitePlace();
  await (await place.open()).close();
  change(place.filename, "update migration set checksum = 'abc' where number = 1");
  await expect(place.open()).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('Step 1 of the schema'),
  });
});

test('the database of another program is refused and left as it is', async () => {
  await using place = await createSqlitePlace();
  change(place.filename, "create table theirs (value text); insert into theirs values ('precious')");
  await expect(place.open()).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('another program'),
  });
  const database = new Database(place.filename);
  expect(database.prepare('select * from sqlite_master').all()).toMatchObject([{ name: 'theirs' }]);
  expect(database.pragma('journal_mode', { simple: true })).toBe('delete');
  database.close();
});

test('a file that is no database is refused and left as it is', async () => {
  await using place = await createSqlitePlace();
  const text = 'these are not the bytes of a database, but somebody may need them. '.repeat(100);
  writeFileSync(place.filename, text);
  await expect(place.open()).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('not an SQLite database'),
  });
  expect(readFileSync(place.filename, 'utf8')).toBe(text);
});

test('a damaged file is told apart, and other parts of the server get a readable error', async () => {
  await using place = await createSqlitePlace();
  const store = await place.open();
  await put(store, notes(2_000));
  await store.close();
  const bytes = readFileSync(place.filename);
  bytes.fill(0x7f, 4_096 * 2);
  writeFileSync(place.filename, bytes);
  const reading = async () => {
    const damaged = await place.open();
    await put(damaged, notes(2_000));
  };
  await expect(reading()).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('restore a backup'),
  });
});

test('a path that leads through a file is refused', async () => {
  await using place = await createSqlitePlace();
  writeFileSync(join(place.folder, 'file'), '');
  await expect(place.open({ filename: join(place.folder, 'file', 'store.db') })).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining(join('file', 'store.db')),
  });
});

test('a folder that may not be written is refused with what to check', { timeout: 120_000 }, async () => {
  await using place = await createSqlitePlace();
  const folder = join(place.folder, 'sealed');
  mkdirSync(folder);
  chmodSync(place.folder, 0o755);
  chmodSync(folder, 0o555);
  // Root may write anywhere, so that the folder is sealed only for somebody else.
  const somebody = process.getuid?.() === 0 ? { uid: 65_534 } : {};
  const writer = startWriter(join(folder, 'store.db'), somebody);
  await writer.ended;
  expect(writer.lines).toMatchObject([
    { code: 'STORE_UNAVAILABLE', message: expect.stringMatching(/sealed\/store\.db cannot be opened.*permissions/) },
  ]);
});

test('a store that another process keeps locked fails a write, and goes on afterwards', async () => {
  await using place = await createSqlitePlace();
  const store = await place.open();
  const other = new Database(place.filename);
  other.exec('begin immediate');
  const started = performance.now();
  const blocked = notes(600).map((note) => put(store, [note]));
  for (const write of await Promise.allSettled(blocked)) {
    expect(write).toMatchObject({ reason: { code: 'STORE_UNAVAILABLE', retryable: true } });
  }
  expect(performance.now() - started, 'they wait together').toBeLessThan(12_000);
  other.exec('rollback');
  other.close();
  expect(await put(store, [edit('c')])).toMatchObject([{ seq: 1 }]);
});

function change(filename: string, sql: string): void {
  const database = new Database(filename);
  database.exec(sql);
  database.close();
}
