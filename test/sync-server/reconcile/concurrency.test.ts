import { expect, test } from 'vitest';
import type { Stream, Write } from '../../../apps/sync-server/src/connectors/connector.ts';
import { SystemError } from '../../../apps/sync-server/src/connectors/connector.ts';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';

const COUNT = 24;

/** A system that takes its time for every push, and notes which calls were under way together. */
function slowSystem() {
  const erp = createNastySystem({ pageSize: 100, traits: { batch: { max: 2, fails: 'each' } } });
  for (let index = 0; index < COUNT; index += 1) erp.insert(`a${10 + index}`, { name: 'old' });
  const stream = erp.connector.streams.items as Stream;
  const push = stream.push as NonNullable<Stream['push']>;
  const under = new Set<readonly Write[]>();
  const seen = { most: 0, twice: [] as string[], calls: 0 };
  const keyOf = (write: Write) => (write.op === 'create' ? write.ref : write.key);
  let delay = (_call: number) => 20;
  Object.assign(stream, {
    push: async (writes: readonly Write[], context: never) => {
      seen.calls += 1;
      const busy = new Set([...under].flatMap((others) => others.map(keyOf)));
      seen.twice.push(...writes.map(keyOf).filter((key) => busy.has(key)));
      under.add(writes);
      seen.most = Math.max(seen.most, under.size);
      await new Promise((resolve) => setTimeout(resolve, delay(seen.calls)));
      try {
        return await push(writes, context);
      } finally {
        under.delete(writes);
      }
    },
  } satisfies Pick<Stream, 'push'>);
  return {
    erp,
    seen,
    take: (ms: (call: number) => number) => {
      delay = ms;
    },
  };
}

const opened = (erp: ReturnType<typeof createNastySystem>, concurrency?: number) =>
  openBench({
    nasty: { erp },
    bindings: [articleBinding()],
    systems: { erp: { connector: erp.connector, ...(concurrency !== undefined && { concurrency }) } },
  });

test.each([
  [undefined, 1],
  [4, 4],
])(
  'with a concurrency of %s at most %i pushes run at once, and never two of one document',
  async (concurrency, most) => {
    const { erp, seen } = slowSystem();
    await using bench = await opened(erp, concurrency);
    const edits: Promise<void>[] = [];
    for (let round = 0; round < 3; round += 1) {
      for (let index = 0; index < COUNT; index += 1)
        edits.push(bench.edit(`items-a${10 + index}`, { name: `edit ${round}` }));
      await Promise.all(edits);
      // In the middle of what is under way.
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    await bench.engine.idle();
    await bench.engine.pushNow('erp');
    expect(seen).toMatchObject({ most, twice: [] });
    for (const { data } of erp.records.values()) expect(data.name).toBe('edit 2');
    for (const key of erp.records.keys()) {
      const told = erp.applied.flatMap((write) =>
        write.op === 'update' && write.key === key ? [write.patch.name] : [],
      );
      expect(told).toEqual([...told].sort());
    }
    expect(await bench.pending()).toBe(0);
  },
);

test('a slow push does not keep the others from going on', async () => {
  const { erp, seen, take } = slowSystem();
  await using bench = await opened(erp, 2);
  take((call) => (call === 1 ? 500 : 5));
  const begun = performance.now();
  await Promise.all(Array.from({ length: COUNT }, (_, index) => bench.edit(`items-a${10 + index}`, { name: 'new' })));
  await expect.poll(() => erp.applied.length, { interval: 5 }).toBeGreaterThanOrEqual(COUNT - 2);
  expect(performance.now() - begun).toBeLessThan(500);
  await bench.engine.idle();
  expect(seen.most).toBe(2);
  expect(erp.applied).toHaveLength(COUNT);
});

test('after a failure of the system no further push is begun', async () => {
  const { erp, seen } = slowSystem();
  await using bench = await opened(erp, 3);
  await bench.engine.close();
  for (let index = 0; index < COUNT; index += 1) await bench.edit(`items-a${10 + index}`, { name: 'new' });
  erp.outage = new SystemError('down', 'connection refused');
  await bench.restart();
  await bench.engine.pushNow('erp');
  // Three that were under way together, at the start and by hand.
  expect(seen.calls).toBeLessThanOrEqual(6);
  erp.outage = null;
  await bench.engine.pushNow('erp');
  await bench.engine.idle();
  expect(erp.applied).toHaveLength(COUNT);
  expect(await bench.pending()).toBe(0);
});
