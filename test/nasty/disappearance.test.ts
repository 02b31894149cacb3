import { expect, test } from 'vitest';
import { idOf, openCourse } from './course.ts';
import { massDisappearance } from './traps/mass-disappearance.ts';

test('records that have all disappeared are not deleted, and come back as they were', async () => {
  await using course = await openCourse({ sample: { tombstones: false }, records: 30 });
  const { erp, bench } = course;
  const before = await bench.all();
  const off = erp.on(massDisappearance());
  await bench.engine.scanNow('erp', 'items');
  await course.tells(/mass-delete brake: at least \d+ of 30 records/);
  await course.othersGoOn();
  expect(await bench.all()).toEqual(before);
  off();
  erp.items.update(7, { name: 'theirs' });
  await bench.engine.scanNow('erp', 'items');
  await course.converges();
  await course.tells(/"error":null/);
  expect(course.there()).toHaveLength(30);
});

test('a few that have really gone are deleted', async () => {
  await using course = await openCourse({ sample: { tombstones: false }, records: 30 });
  course.erp.items.remove(3);
  course.erp.items.remove(4);
  await course.bench.engine.scanNow('erp', 'items');
  await course.converges();
  expect((await course.bench.all()).size).toBe(28);
});

test('a change made here to a record that seems to be gone is kept, and waits for a person', async () => {
  await using course = await openCourse({ sample: { tombstones: false }, records: 30 });
  const { erp, bench } = course;
  const off = erp.on(massDisappearance());
  await bench.edit(idOf(4), { stock: 30 });
  await course.tells(/"state":"dead","rows":1/);
  off();
  await bench.engine.scanNow('erp', 'items');
  await bench.engine.idle();
  expect(await bench.read(idOf(4))).toMatchObject({ stock: 30 });
  expect((await bench.all()).size).toBe(30);
  expect(course.there()).toHaveLength(30);
});
