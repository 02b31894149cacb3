import { fillWithDefaultSettings, type MangoQuery } from 'rxdb';
import { expect, test } from 'vitest';
import { insert, item, itemSchema, next, type StoredItem, write } from '../../suites/storage/item.ts';
import { prepared } from '../../suites/storage/prepared.ts';
import { openSqlitePlace, type SQLiteItems } from './sqlite-place.ts';

const ALIVE = { _deleted: { $eq: false } };

test('a range over an indexed field that is sorted by it is one search of that index without sorting', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  const query = { selector: { ...ALIVE, age: { $gte: 1, $lt: 5 } }, sort: [{ age: 'asc' as const }], limit: 10 };
  expect(explain(instance, query)).toEqual([
    expect.stringMatching(/^SEARCH docs_\d+ USING INDEX docs_\d+_by_deleted_k1_id \(deleted=\? AND k1>\? AND k1<\?\)$/),
  ]);
});

test('descending order, equal leading fields, lists and alternatives use indexes too', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  const plans = [
    { selector: { ...ALIVE, age: { $gt: 1 } }, sort: [{ age: 'desc' }, { id: 'desc' }] },
    { selector: { ...ALIVE, active: { $eq: true }, age: { $lt: 5 } }, sort: [{ age: 'asc' }] },
    { selector: { ...ALIVE, name: { $in: ['a', 'b', 'c'] } }, sort: [{ name: 'asc' }] },
    { selector: { ...ALIVE, 'nested.rank': { $eq: 4 } }, sort: [{ id: 'asc' }] },
  ].map((query) => explain(instance, query as MangoQuery<StoredItem>).join('; '));
  for (const plan of plans) expect(plan).toMatch(/^SEARCH docs_\d+ USING INDEX docs_\d+_by_deleted_k\d/);
  expect(plans.filter((plan) => plan.includes('TEMP B-TREE'))).toEqual([]);
  const either = {
    selector: { ...ALIVE, $or: [{ name: { $eq: 'a' } }, { age: { $eq: 3 } }] },
    sort: [{ note: 'asc' as const }],
  };
  expect(explain(instance, either).join('; ')).toMatch(/MULTI-INDEX OR.*by_deleted_k0.*by_deleted_k1/);
});

test('a query may name the index to use', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  const query = { selector: { ...ALIVE, age: { $gt: 1 } }, index: ['_deleted', 'name', 'id'] };
  expect(explain(instance, query)[0]).toMatch(/USING INDEX docs_\d+_by_deleted_k0_id/);
});

test('every index of the schema is an index of the table, but the one by time that RxDB adds', async () => {
  await using place = await openSqlitePlace();
  const { internals } = await place.open();
  const names = internals.database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'index' AND name LIKE '%_by_%'")
    .pluck()
    .all();
  const wanted = (itemSchema.indexes ?? []).filter((index) => [index].flat()[0] !== '_meta.lwt');
  expect(names).toHaveLength(wanted.length);
});

test('an index added to a schema of the same version is filled from the stored documents', async () => {
  await using place = await openSqlitePlace();
  const before = await place.open();
  await insert(before, [item('a', { city: 'Ulm' }), item('b', { city: 'Bonn' }), item('c')]);
  await before.close();
  const { indexes, ...schema } = itemSchema;
  const more = fillWithDefaultSettings({ ...schema, indexes: [...(indexes ?? []), 'city'] });
  const after = await place.open({ schema: more });
  await insert(after, [item('d', { city: 'Aachen' })]);
  const query = { selector: { ...ALIVE, city: { $gte: 'A' } }, sort: [{ city: 'asc' as const }] };
  expect(explain(after, query)[0]).toMatch(/USING INDEX docs_\d+_by_deleted_k\d_id \(deleted=\? AND k\d>\?/);
  const { documents } = await after.query(prepared(after, query));
  expect(documents.map((document) => document.city)).toEqual(['Aachen', 'Bonn', 'Ulm']);
});

test('queries of more shapes than statements are kept prepared give right answers', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  await insert(instance, [item('a', { age: 1 }), item('b', { age: 2 })]);
  for (let size = 1; size <= 250; size++) {
    const $or = Array.from({ length: size }, () => ({ age: { $eq: 2 } }));
    expect(await instance.count(prepared(instance, { selector: { $or } }))).toEqual({ count: 1, mode: 'fast' });
  }
});

test('a list longer than what one statement can take is matched all the same', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  await insert(instance, [item('a', { age: 1 }), item('b', { age: 2 })]);
  for (const size of [5_000, 9_000, 40_000]) {
    const $in = Array.from({ length: size }, (_, at) => at + 2);
    const { documents } = await instance.query(prepared(instance, { selector: { ...ALIVE, age: { $in } } }));
    expect(documents.map((document) => document.id)).toEqual(['b']);
  }
});

test('a selector with more alternatives or values than one statement can take is matched all the same', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open();
  await insert(instance, [item('a', { age: 1 }), item('b', { age: 2 })]);
  const found = async (selector: MangoQuery<StoredItem>['selector']) =>
    (await instance.query(prepared(instance, { selector: { ...ALIVE, ...selector } }))).documents.map(({ id }) => id);
  const many = Array.from({ length: 3_000 }, () => ({ age: { $eq: 2 } }));
  const lists = Array.from({ length: 5 }, (_, at) => ({
    age: { $in: Array.from({ length: 8_000 }, (_, n) => n + 2 - at) },
  }));
  expect(await found({ $or: many })).toEqual(['b']);
  expect(await found({ $and: many })).toEqual(['b']);
  expect(await found({ $and: lists })).toEqual(['b']);
});

test('cleanup goes in steps and says whether more remains', async () => {
  await using place = await openSqlitePlace();
  const instance = await place.open({ durability: 'normal' });
  const documents = Array.from({ length: 2_500 }, (_, at) => item(`${at}`));
  await insert(instance, documents);
  const rows = documents.map((previous) => ({ previous, document: next(previous, { _deleted: true }) }));
  await write(instance, rows);
  const steps: boolean[] = [];
  while (steps.at(-1) !== true) steps.push(await instance.cleanup(0));
  expect(steps).toEqual([false, false, true]);
  expect(await instance.findDocumentsById(['0', '2499'], true)).toEqual([]);
});

function explain(instance: SQLiteItems, query: MangoQuery<StoredItem>): string[] {
  return instance.internals.explain(prepared(instance, query) as never);
}
