import { customers, inventory } from '@datastores/core';
import { firstValueFrom, type Subscription } from 'rxjs';
import { expect, test } from 'vitest';
import { settled, startReplica, startService, writeThere } from '../../support/sync.ts';

const DATASTORES = [customers, inventory] as const;

async function serve(documents: number) {
  const server = await startService(DATASTORES);
  const ids = Array.from({ length: documents }, (_, at) => `d${at}`);
  await writeThere(
    server.store,
    customers,
    ids.map((id) => ({ id, name: id, status: 'active' })),
  );
  await writeThere(
    server.store,
    inventory,
    ids.map((id) => ({ id, productId: id, location: 'here', onHand: 1 })),
  );
  return server;
}

test('the progress of the first pull is told, ends where it is complete, and does not count what comes later', async () => {
  await using server = await serve(2_500);
  await using replica = await startReplica(server.service, { datastores: DATASTORES });
  const seen: { done: number; total: number }[] = [];
  const subscription: Subscription = replica.stores.status$.subscribe(({ datastores }) => {
    const progress = datastores['customer']?.progress;
    if (progress != null && progress.done !== seen.at(-1)?.done) seen.push(progress);
  });
  await settled(replica.stores);
  subscription.unsubscribe();
  expect(seen.map(({ total }) => total)).toEqual(seen.map(() => 2_500));
  expect(seen.length).toBeGreaterThan(2);
  expect(seen.at(-1)?.done).toBe(2_500);
  await writeThere(server.store, customers, [{ id: 'later', name: 'Later', status: 'active' }]);
  await expect.poll(async () => (await replica.stores.customer.findOne('later').exec())?.name).toBe('Later');
  expect((await firstValueFrom(replica.stores.status$)).progress).toEqual({ done: 5_000, total: 5_000 });
});

test('a first pull that was broken off goes on where it was, and so does its progress', async () => {
  await using server = await serve(4_000);
  await using keep = await startReplica(server.service, { datastores: DATASTORES });
  const cut = keep.stores.status$.subscribe(({ progress: { done } }) => {
    if (done > 0) keep.line.up = false;
  });
  const state = async () => (await firstValueFrom(keep.stores.status$)).state;
  await expect.poll(state, { timeout: 15_000 }).toBe('offline');
  cut.unsubscribe();
  const { progress } = await firstValueFrom(keep.stores.status$);
  expect(progress.done).toBeLessThan(8_000);
  keep.line.up = true;
  const doneAt: number[] = [];
  const subscription = keep.stores.status$.subscribe((status) => doneAt.push(status.progress.done));
  await keep.stores.syncNow();
  await settled(keep.stores);
  subscription.unsubscribe();
  expect(Math.min(...doneAt)).toBeGreaterThanOrEqual(progress.done);
  expect((await firstValueFrom(keep.stores.status$)).progress).toEqual({ done: 8_000, total: 8_000 });
});

test('a datastore that is asked for first is complete before another one gets its first page', async () => {
  await using server = await serve(3_000);
  await using replica = await startReplica(server.service, { datastores: DATASTORES, first: ['inventory'] });
  const order: string[] = [];
  const subscription = replica.stores.status$.subscribe(({ datastores }) => {
    const done = (name: string) => datastores[name]?.progress?.done ?? 0;
    order.push(
      `${done('inventory') < 3_000 ? 'incomplete' : 'complete'} ${done('customer') > 0 ? 'begun' : 'waiting'}`,
    );
  });
  await settled(replica.stores);
  subscription.unsubscribe();
  expect(order).not.toContain('incomplete begun');
  expect(order).toContain('complete begun');
});

test('a name that is none is refused', async () => {
  await using server = await serve(0);
  await expect(startReplica(server.service, { datastores: DATASTORES, first: ['stock'] })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
  });
});
