import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SystemError } from '../../../../apps/sync-server/src/connectors/connector.ts';
import { comparisonOf } from '../../../support/comparison.ts';
import { openBench } from '../../../support/engine.ts';
import { createNastySystem } from '../../../support/nasty-system.ts';

const RECORDS = 3_000;
const keyOf = (index: number) => `a${10_000 + index}`;

async function opened() {
  const erp = createNastySystem({ digests: true, pageSize: 500 });
  for (let index = 0; index < RECORDS; index += 1) erp.insert(keyOf(index), { name: `Article ${index}`, price: 1 });
  const bench = await openBench({ nasty: { erp }, random: () => 0 });
  // Everywhere a little, and one in fifty gone.
  for (let index = 0; index < RECORDS; index += 10) {
    if (index % 50 === 0) erp.removeUnseen(keyOf(index));
    else erp.editUnseen(keyOf(index), { price: 2 });
  }
  return Object.assign(bench, { erp });
}

test('a repair that is killed anywhere goes on after a restart, and ends as if it had not been', async () => {
  for (const calls of [3, 12, 25, 45, 70]) {
    await using bench = await opened();
    bench.killAfter(calls);
    await bench.engine.scanNow('erp', 'items');
    await bench.restart();
    await bench.engine.idle();
    const { counts, endedAt } = await comparisonOf(bench);
    expect(endedAt, `after ${calls} calls`).not.toBeNull();
    expect(counts.same + counts.different + counts.missingThere, `after ${calls} calls`).toBeGreaterThanOrEqual(
      RECORDS,
    );
    const documents = await bench.all();
    expect(documents.size).toBe(RECORDS - RECORDS / 50);
    for (const [key, { data }] of bench.erp.records) {
      expect(documents.get(`items-${key}`)?.price).toBe(data.price);
    }
  }
}, 60_000);

test('a comparison that is interrupted goes on behind what it has compared, and changes nothing', async () => {
  await using bench = await opened();
  const stream = bench.erp.connector.streams.items;
  const digest = stream?.digest;
  if (!stream || !digest) throw new Error('the stream has no digest');
  const firsts: (string | null | undefined)[] = [];
  let lists = 0;
  Object.assign(stream, {
    digest: async (...[request, context]: Parameters<typeof digest>) => {
      if (request.list === 0) firsts.push(request.ranges[0]?.from);
      else lists += 1;
      if (request.list > 0 && lists === 2) throw new Error('killed');
      return digest(request, context);
    },
  });
  const before = (await bench.store.head('main')).position;
  await bench.engine.compareNow('erp', 'items');
  expect((await comparisonOf(bench)).endedAt).toBeNull();
  await bench.restart();
  await bench.engine.idle();
  const { counts, repairs, endedAt } = await comparisonOf(bench);
  expect({ repairs, ended: endedAt !== null }).toEqual({ repairs: false, ended: true });
  expect(counts).toMatchObject({ different: 240, missingThere: 60, same: 2_700 });
  expect(firsts).toEqual([null, keyOf(2_048)]);
  expect((await bench.store.head('main')).position).toEqual(before);
});

test('an outage ends no comparison: it goes on when the system is back', async () => {
  await using bench = await opened();
  const { erp } = bench;
  const { get } = erp.connector.streams.items ?? {};
  if (!get) throw new Error('there is no stream');
  let reads = 0;
  Object.assign(erp.connector.streams.items ?? {}, {
    get: async (...args: Parameters<typeof get>) => {
      reads += 1;
      if (reads === 2) erp.outage = new SystemError('down', 'connection refused');
      return get(...args);
    },
  });
  await bench.engine.scanNow('erp', 'items');
  expect((await comparisonOf(bench)).endedAt).toBeNull();
  erp.outage = null;
  // Whoever pulls by hand finds that it is back.
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect((await comparisonOf(bench)).endedAt).not.toBeNull();
  expect((await bench.all()).size).toBe(RECORDS - RECORDS / 50);
});

test('two requests for the same comparison are one', async () => {
  await using bench = await opened();
  const about = { system: 'erp', stream: 'items' };
  const request = { repairs: false };
  const [first] = await bench.engine.beginComparison(about, request);
  const [second] = await bench.engine.beginComparison(about, request);
  expect([first?.running, second?.running]).toEqual([true, true]);
  let [ended] = await bench.engine.comparisons({ system: 'erp' });
  for (; ended?.running; await sleep(5)) [ended] = await bench.engine.comparisons({ system: 'erp' });
  expect(ended).toMatchObject({
    running: false,
    error: null,
    comparison: { repairs: false, endedAt: expect.any(Number) },
  });
  // One for the whole, some for lists.
  const asked = bench.erp.calls.digest;
  await bench.engine.compareNow('erp', 'items');
  expect(bench.erp.calls.digest).toBe(asked * 2);
});
