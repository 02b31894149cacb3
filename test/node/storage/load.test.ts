import { copyFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { insert, item, itemSchema, next } from '../../suites/storage/item.ts';
import { prepared } from '../../suites/storage/prepared.ts';
import { openSqlitePlace, type SQLiteItems } from './sqlite-place.ts';

const MANY = 600;

const items = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => item(`id-${from + at}`, { age: (from + at) % 100 }));

const youngest = prepared(
  { schema: itemSchema },
  { selector: { _deleted: { $eq: false }, age: { $lt: 2 } }, sort: [{ age: 'asc' }, { id: 'asc' }] },
);

function indexesOf({ internals: { database, table } }: SQLiteItems): unknown[] {
  return database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND name GLOB ? ORDER BY name")
    .pluck()
    .all(`${table}_by_deleted*`);
}

test('a bulk write into an empty table leaves the indexes out, and a query builds them first', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  const before = indexesOf(instance);
  await insert(instance, items(MANY));
  expect(indexesOf(instance)).toEqual([]);
  await insert(instance, items(MANY, MANY));
  const { documents } = await instance.query(youngest);
  expect(documents).toHaveLength(24);
  expect(indexesOf(instance)).toEqual(before);
  expect(instance.internals.explain(youngest as never)[0]).toMatch(/USING INDEX/);
});

test('the indexes are built by themselves when nothing more comes', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  const before = indexesOf(instance);
  await insert(instance, items(MANY));
  expect(indexesOf(instance)).toEqual([]);
  await expect.poll(() => indexesOf(instance), { timeout: 5_000 }).toEqual(before);
});

test('a process that ends in between leaves documents without indexes, and the next opening builds them', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  const before = indexesOf(instance);
  await insert(instance, items(MANY));
  const killed = `${place.filename}.killed`;
  for (const part of ['', '-wal']) copyFileSync(`${place.filename}${part}`, `${killed}${part}`);
  const again = await place.open({ filename: killed });
  expect(indexesOf(again)).toEqual(before);
  expect((await again.query(youngest)).documents).toHaveLength(12);
});

test('closing builds the indexes, removing does not miss them, and updates of a load find their documents', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  const [first] = items(1);
  await insert(instance, items(MANY));
  const [stored] = await instance.findDocumentsById(['id-0'], false);
  expect(stored).toMatchObject({ id: 'id-0', age: first?.age });
  if (stored) await instance.bulkWrite([{ previous: stored, document: next(stored, { age: 1_000 }) }], 'test');
  await instance.close();
  const again = await place.open();
  expect((await again.query(youngest)).documents).toHaveLength(11);
  await again.remove();

  const other = await place.open({ collectionName: 'other' });
  await insert(other, items(MANY));
  await other.remove();
});

test('few documents, or a table that has some, keep their indexes', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  const before = indexesOf(instance);
  await insert(instance, items(10));
  expect(indexesOf(instance)).toEqual(before);
  await insert(instance, items(MANY, 10));
  expect(indexesOf(instance)).toEqual(before);
});

test('what begins together with other writes and fails leaves the indexes as they were', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  const before = indexesOf(instance);
  const { direct } = instance;
  const failing = () => {
    direct?.bulkWrite(
      items(MANY).map((document) => ({ document })),
      'test',
    );
    throw new Error('no');
  };
  expect(() => direct?.transactions.now(failing)).toThrow('no');
  expect(indexesOf(instance)).toEqual(before);
  expect((await instance.query(youngest)).documents).toEqual([]);
  expect(indexesOf(instance)).toEqual(before);
});

test('while the indexes of many documents are built, others read and write, and nothing is missing in them', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  const before = indexesOf(instance);
  await insert(instance, items(12_000));
  expect(indexesOf(instance)).toEqual([]);
  let built = false;
  const ended = instance.direct?.endLoad().then(() => {
    built = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(await instance.findDocumentsById(['id-7'], false)).toHaveLength(1);
  expect(built).toBe(false);
  await insert(instance, [item('late', { age: 1 })]);
  await ended;
  expect(indexesOf(instance)).toEqual(before);
  expect((await instance.query(youngest)).documents).toHaveLength(241);
  expect(instance.internals.database.pragma('integrity_check', { simple: true })).toBe('ok');
});

test('a load whose table goes away while its indexes are built ends without a word', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  await insert(instance, items(12_000));
  const ended = instance.direct?.endLoad();
  await instance.remove();
  await ended;
});
