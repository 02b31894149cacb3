import { expect, test } from 'vitest';
import { CHANGED, changeBothSides, idOf, openCourse } from './course.ts';
import { absentForNull } from './traps/absent-for-null.ts';
import { keyReorder } from './traps/key-reorder.ts';
import { openTransaction } from './traps/late-commit.ts';
import { movingPages } from './traps/moving-pages.ts';
import { pageSizeIgnored } from './traps/page-size-ignored.ts';
import { rounding } from './traps/rounding.ts';
import { insertFromTheFuture, insertUnstamped } from './traps/wrong-stamps.ts';

test('a transaction that commits late is found by the overlap', async () => {
  await using course = await openCourse();
  const late = openTransaction(course.erp.items, { name: 'late', quantity: 1 });
  course.erp.items.insert([{ name: 'early', quantity: 1 }]);
  await course.converges();
  late.commit();
  await course.converges();
  expect(course.there()).toContain('late:1');
});

test.each([
  ['keyset', { style: 'keyset', param: 'after' }],
  ['offset', { style: 'offset', param: 'offset' }],
  ['page', { style: 'page', param: 'page' }],
] as const)('stamps that tie over many pages by %s lose nothing', async (...[, page]) => {
  await using course = await openCourse({ sample: { page }, pageSize: 3, records: 0 });
  course.erp.items.insert(Array.from({ length: 20 }, (_, at) => ({ name: `tie${at}`, quantity: at })));
  await course.converges();
  expect((await course.bench.all()).size).toBe(20);
});

test('pages by offset that move while they are read lose nothing for long', async () => {
  await using course = await openCourse({
    sample: { page: { style: 'offset', param: 'offset' }, tombstones: false },
    pageSize: 3,
    records: 12,
  });
  const { erp, bench } = course;
  erp.items.insert(Array.from({ length: 9 }, (_, at) => ({ name: `n${at}`, quantity: 1 })));
  const off = erp.on(movingPages(() => erp.items.remove(1)));
  await bench.engine.scanNow('erp', 'items');
  off();
  await bench.engine.scanNow('erp', 'items');
  await course.converges();
  expect((await bench.all()).size).toBe(20);
});

test('records without a stamp are found by the scan', async () => {
  await using course = await openCourse();
  insertUnstamped(course.erp.items, [
    { name: 'no stamp', quantity: 1 },
    { name: 'none either', quantity: 2 },
  ]);
  course.erp.items.insert([{ name: 'stamped', quantity: 3 }]);
  await course.bench.engine.pullNow('erp');
  await course.bench.engine.scanNow('erp', 'items');
  await course.converges();
  expect(course.there()).toHaveLength(9);
});

test('a stamp from the future does not carry the cursor away', async () => {
  await using course = await openCourse();
  insertFromTheFuture(course.erp.items, [{ name: 'from 2099', quantity: 1 }]);
  await course.converges();
  course.erp.items.insert([{ name: 'from today', quantity: 1 }]);
  course.erp.items.update(1, { name: 'changed today' });
  await course.converges();
  expect(course.there()).toEqual(expect.arrayContaining(['changed today:10', 'from 2099:1', 'from today:1']));
});

test.each([1, 100])('a system that answers %i records whatever is asked for loses nothing', async (size) => {
  await using course = await openCourse({ pageSize: 3 });
  course.erp.on(pageSizeIgnored(size));
  await changeBothSides(course);
  await course.converges();
  expect(course.there()).toEqual(CHANGED);
});

test('fields in another order are no change', async () => {
  await using course = await openCourse();
  const { erp, bench } = course;
  await changeBothSides(course);
  await course.converges();
  const versions = async () => JSON.stringify([...(await bench.all())]);
  const [before, asked] = [await versions(), erp.requests.length];
  erp.on(keyReorder());
  await bench.engine.scanNow('erp', 'items');
  await course.converges();
  expect(await versions()).toBe(before);
  expect(erp.requests.slice(asked).filter(({ method }) => method !== 'GET')).toEqual([]);
});

test('a field that is left out says nothing, and one that is null is empty', async () => {
  await using course = await openCourse();
  const { erp, bench } = course;
  const off = erp.on(absentForNull());
  erp.items.update(1, { name: null });
  await bench.engine.pullNow('erp');
  expect(await bench.read(idOf(1))).toMatchObject({ name: 'a1' });
  await bench.edit(idOf(2), { name: '' });
  await course.othersGoOn();
  off();
  await bench.engine.scanNow('erp', 'items');
  await course.converges();
  expect(await bench.read(idOf(1))).toMatchObject({ name: '' });
  expect(erp.items.get(2)?.name).toBeNull();
});

test('what the system makes of a write is taken over, once', async () => {
  await using course = await openCourse();
  const { erp, bench } = course;
  erp.on(rounding());
  await bench.edit(idOf(1), { name: '  loud ' });
  await bench.edit(idOf(2), { stock: 27 });
  await bench.write('mine', { name: ' new ', stock: 44 });
  await course.converges();
  expect(course.there()).toEqual(expect.arrayContaining(['LOUD:10', 'a2:30', 'NEW:40']));
  const written = () => erp.requests.filter(({ method }) => method !== 'GET').length;
  const before = written();
  await bench.engine.scanNow('erp', 'items');
  await course.converges();
  expect(written()).toBe(before);
});

test('an id that is given to another record after a deletion is that record', async () => {
  await using course = await openCourse();
  const { erp, bench } = course;
  erp.items.remove(2);
  await course.converges();
  expect(await bench.read(idOf(2))).toBeNull();
  erp.items.insertAs(2, { name: 'another', quantity: 5 });
  erp.items.remove(3);
  erp.items.insertAs(3, { name: 'at once', quantity: 6 });
  await course.converges();
  expect(course.there()).toEqual(expect.arrayContaining(['another:5', 'at once:6']));
});
