import { setTimeout as sleep } from 'node:timers/promises';
import { batch, eventDriven, realTime, type Strategy, scheduled } from '@datastores/core';
import type { ExternalRecord } from '@datastores/sync-server';
import { expect, test } from 'vitest';
import { systemClock } from '../../../apps/sync-server/src/clock.ts';
import type { Stream } from '../../../apps/sync-server/src/connectors/connector.ts';
import { nextTime, type Schedule, scheduleOf } from '../../../apps/sync-server/src/reconcile/schedule.ts';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';

const cron = scheduled('0 3 * * *', { timeZone: 'Europe/Zurich' });
const feed = createNastySystem().connector.streams.items;
const blind = createNastySystem({ traits: { deletes: 'none' } }).connector.streams.items;
const list = createNastySystem({ feeds: false }).connector.streams.items;

type Row = [strategies: readonly Strategy[], stream: typeof feed, schedule: Omit<Schedule, 'crons'>];
const TABLE: readonly Row[] = [
  [[realTime({ pollMs: 500 })], feed, { pullEveryMs: 500, push: { when: 'at-once' }, scanEveryMs: null }],
  [[realTime({ pollMs: 500 })], blind, { pullEveryMs: 500, push: { when: 'at-once' }, scanEveryMs: 9 }],
  [[realTime({ pollMs: 500 }), cron], blind, { pullEveryMs: 500, push: { when: 'at-once' }, scanEveryMs: null }],
  [[eventDriven()], feed, { pullEveryMs: null, push: { when: 'at-once' }, scanEveryMs: null }],
  [[eventDriven()], list, { pullEveryMs: null, push: { when: 'at-once' }, scanEveryMs: 9 }],
  [
    [batch({ everyMs: 700, size: 3 })],
    feed,
    { pullEveryMs: 700, push: { when: 'batch', everyMs: 700, size: 3 }, scanEveryMs: null },
  ],
  [[cron], feed, { pullEveryMs: null, push: { when: 'at-scan' }, scanEveryMs: null }],
  [
    [batch({ everyMs: 700 }), realTime({ pollMs: 500 })],
    feed,
    { pullEveryMs: 500, push: { when: 'at-once' }, scanEveryMs: null },
  ],
];

test.each(TABLE)('%j → a schedule', (strategies, stream, schedule) => {
  if (stream === undefined) throw new Error('the system has no stream');
  expect(scheduleOf({ strategies }, stream, 9)).toMatchObject(schedule);
});

test('a cron is read in its time zone', () => {
  expect(nextTime({ cron: '0 3 * * *', timeZone: 'Europe/Zurich' }, Date.parse('2026-07-01T00:00:00Z'))).toBe(
    Date.parse('2026-07-01T01:00:00Z'),
  );
});

test('a batch is pushed when it is full', async () => {
  const erp = createNastySystem();
  const strategies = [batch({ everyMs: 600_000, size: 3 })];
  await using bench = await openBench({ nasty: { erp }, bindings: [articleBinding({ strategies })] });
  for (const name of ['one', 'two']) await bench.write(name, { name });
  await bench.engine.idle();
  expect(erp.calls.push).toBe(0);
  await bench.write('three', { name: 'three' });
  await bench.engine.idle();
  expect(erp.records.size).toBe(3);
  expect(erp.calls.push).toBe(1);
});

test('a batch is pushed when its time has come', async () => {
  const erp = createNastySystem();
  const strategies = [batch({ everyMs: 100, size: 1_000 })];
  await using bench = await openBench({ nasty: { erp }, bindings: [articleBinding({ strategies })] });
  await bench.write('one', { name: 'one' });
  await expect.poll(() => erp.records.size, { timeout: 5_000 }).toBe(1);
});

test('real time polls, and event-driven does not', async () => {
  const polled = createNastySystem();
  const asked = createNastySystem();
  const fields = { name: { merge: 'there' } } as const;
  const bindings = [
    articleBinding({ system: 'polled', fields, strategies: [realTime({ pollMs: 20 })] }),
    articleBinding({ system: 'asked', fields, strategies: [eventDriven()] }),
  ];
  await using bench = await openBench({ nasty: { polled, asked }, bindings });
  const before = asked.calls.changes;
  polled.insert('p1', { name: 'Polled' });
  await expect.poll(() => bench.read('items-p1'), { timeout: 5_000 }).toMatchObject({ name: 'Polled' });
  expect(asked.calls.changes).toBe(before);
});

test('a stream whose deletions nothing tells is scanned by itself', async () => {
  const erp = createNastySystem({ traits: { deletes: 'none' } });
  erp.insert('a1', { name: 'Article' });
  await using bench = await openBench({ nasty: { erp }, scanEveryMs: 50 });
  erp.remove('a1');
  await expect.poll(() => bench.read('items-a1'), { timeout: 5_000 }).toBeNull();
});

test('a comparison that takes longer than the pause between two is followed by a pause all the same', async () => {
  const erp = createNastySystem({ traits: { deletes: 'none' } });
  erp.insert('a1', { name: 'Article' });
  const stream = erp.connector.streams.items as Stream;
  const scan = stream.scan as NonNullable<Stream['scan']>;
  const times: { began: number; ended: number }[] = [];
  const slow: typeof scan = async function* (after, context) {
    const began = performance.now();
    await sleep(150);
    yield* scan.call(stream, after, context);
    times.push({ began, ended: performance.now() });
  };
  Object.assign(stream, { scan: slow });
  await using _bench = await openBench({ nasty: { erp }, scanEveryMs: 60 });
  await expect.poll(() => times.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(4);
  const pauses = times.slice(1).map(({ began }, at) => began - (times[at]?.ended ?? 0));
  // Timers may be a moment early.
  expect(Math.min(...pauses)).toBeGreaterThan(50);
});

test('a comparison that a wrong clock noted for a later time is no reason to wait until then', async () => {
  const erp = createNastySystem({ traits: { deletes: 'none' } });
  erp.insert('a1', { name: 'Article' });
  let ahead = 3 * 24 * 3_600_000;
  const clock = { ...systemClock, now: () => Date.now() + ahead };
  await using bench = await openBench({ nasty: { erp }, scanEveryMs: 50, clock });
  await sleep(200);
  ahead = 0;
  erp.remove('a1');
  await expect.poll(() => bench.read('items-a1'), { timeout: 5_000 }).toBeNull();
});

test('a raised mapping reads everything again, and only what the new mapping says differently changes', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'Article', stock: 5 });
  erp.insert('a2', { name: 'Other', stock: 1 });
  await using bench = await openBench({ nasty: { erp } });
  await bench.edit('items-a1', { stock: 4 });
  await bench.engine.idle();
  const toDocument = (record: ExternalRecord) => ({ ...record, name: String(record.name).toUpperCase() });
  const before = await bench.store.head('main');
  await bench.restart({ bindings: [articleBinding({ toDocument, mapping: 2 })] });
  expect(await bench.read('items-a1')).toMatchObject({ name: 'ARTICLE', stock: 4 });
  expect(await bench.read('items-a2')).toMatchObject({ name: 'OTHER', stock: 1 });
  expect((await bench.store.head('main')).position.seq).toBe(before.position.seq + 2);
  expect(erp.records.get('a1')?.data).toMatchObject({ stock: 4 });
});
