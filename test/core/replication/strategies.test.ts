import { batch, customers, scheduled } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { startReplica, startService, writeThere } from '../../support/sync.ts';

const customer = (id: string) => ({ id, name: `Customer ${id}`, status: 'active' as const });

async function live(stores: { status$: Parameters<typeof firstValueFrom>[0] }): Promise<void> {
  await expect.poll(async () => ((await firstValueFrom(stores.status$)) as { state: string }).state).toBe('live');
}

/** The sizes of the pushes that arrive at a service. */
function counting(service: Awaited<ReturnType<typeof startService>>['service']) {
  const sizes: number[] = [];
  const counted = {
    ...service,
    push: (...args: Parameters<typeof service.push>) => {
      sizes.push(JSON.parse(args[0].rows).length);
      return service.push(...args);
    },
  };
  return { sizes, counted };
}

test('batch collects edits into one push, sent when its size is reached and not before', async () => {
  await using server = await startService([customers]);
  const { sizes, counted } = counting(server.service);
  const strategies = { customer: batch({ everyMs: 60_000, size: 5 }) };
  await using replica = await startReplica(counted, { datastores: [customers], strategies });
  await live(replica.stores);
  for (const id of ['a', 'b', 'c', 'd']) await replica.stores.customer.insert(customer(id));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(sizes).toEqual([]);
  await replica.stores.customer.insert(customer('e'));
  await expect.poll(() => firstValueFrom(replica.stores.unpushed$)).toBe(0);
  expect(sizes).toEqual([5]);
});

test('batch sends what it has collected when its time is over', async () => {
  await using server = await startService([customers]);
  const { sizes, counted } = counting(server.service);
  const strategies = { customer: batch({ everyMs: 400, size: 100 }) };
  await using replica = await startReplica(counted, { datastores: [customers], strategies });
  await live(replica.stores);
  const started = performance.now();
  await replica.stores.customer.bulkInsert(['a', 'b', 'c'].map(customer));
  await expect.poll(() => firstValueFrom(replica.stores.unpushed$)).toBe(0);
  expect(sizes).toEqual([3]);
  expect(performance.now() - started).toBeLessThan(5_000);
});

test('scheduled neither pushes nor pulls before its time, and does both when asked', async () => {
  await using server = await startService([customers]);
  const { sizes, counted } = counting(server.service);
  const strategies = { customer: scheduled('0 0 1 1 *') };
  await using replica = await startReplica(counted, { datastores: [customers], strategies });
  await live(replica.stores);
  await replica.stores.customer.insert(customer('here'));
  await writeThere(server.store, customers, [customer('there')]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(sizes).toEqual([]);
  expect(await replica.stores.customer.findOne('there').exec()).toBeNull();
  await replica.stores.syncNow();
  expect(sizes).toEqual([1]);
  expect(await replica.stores.customer.findOne('there').exec()).not.toBeNull();
});
