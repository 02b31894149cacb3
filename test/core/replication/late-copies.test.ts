import { customers, inventory } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { settled, startReplica, startService, writeThere } from '../../support/sync.ts';

const alfreds = { id: 'c1', name: 'Alfreds', status: 'active' as const, phone: '030-1' };

/** One customer and one stock level on a server, and a replica that has them. */
async function openPlace() {
  const datastores = [customers, inventory] as const;
  const server = await startService(datastores);
  await writeThere(server.store, customers, [alfreds]);
  await writeThere(server.store, inventory, [{ id: 's1', productId: 'p1', location: 'berlin', onHand: 10 }]);
  const replica = await startReplica(server.service, { datastores });
  await settled(replica.stores);
  replica.line.keepPushes = true;
  return {
    ...replica,
    store: server.store,
    central: async (datastore: 'customer' | 'inventory', id: string) => {
      const stored = await server.store.document('main', { datastore, id });
      return stored === null || stored.deleted ? null : JSON.parse(stored.body);
    },
    sell: (count: number) =>
      replica.stores.inventory.findOne('s1').incrementalModify((s) => ({ ...s, onHand: s.onHand - count })),
    sync: async () => {
      await replica.stores.syncNow();
      await settled(replica.stores);
    },
    async [Symbol.asyncDispose]() {
      await replica[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('a push that arrives after the next one of the same replica counts nothing and changes nothing', async () => {
  await using at = await openPlace();
  at.line.holdPushes = 1;
  await at.sell(1);
  await expect.poll(() => at.line.holdPushes).toBe(0);
  await at.sell(2);
  await at.sync();
  expect((await at.central('inventory', 's1')).onHand).toBe(7);
  await at.line.deliverLate(1);
  expect((await at.central('inventory', 's1')).onHand).toBe(7);
  await at.sell(3);
  await at.sync();
  for (const back of [0, 1, 2]) await at.line.deliverLate(back);
  expect((await at.central('inventory', 's1')).onHand).toBe(4);
  await at.sync();
  expect((await at.stores.inventory.findOne('s1').exec(true)).onHand).toBe(4);
});

test('a late copy of an edit does not undo a newer edit, nor what another system wrote since', async () => {
  await using at = await openPlace();
  at.line.holdPushes = 1;
  await at.stores.customer.findOne('c1').incrementalPatch({ phone: 'first', notes: 'first' });
  await expect.poll(() => at.line.holdPushes).toBe(0);
  await at.stores.customer.findOne('c1').incrementalPatch({ phone: 'second', notes: 'second' });
  await at.sync();
  await at.line.deliverLate(1);
  expect(await at.central('customer', 'c1')).toEqual({ ...alfreds, phone: 'second', notes: 'second' });
  // phone goes back to what both copies were made from, and notes are replica-wins: both would be overwritten.
  await writeThere(at.store, customers, [{ ...alfreds, notes: 'erp' }]);
  for (const back of [0, 1]) await at.line.deliverLate(back);
  expect(await at.central('customer', 'c1')).toEqual({ ...alfreds, notes: 'erp' });
  await at.sync();
  expect((await at.stores.customer.findOne('c1').exec(true)).toJSON()).toEqual({ ...alfreds, notes: 'erp' });
});

test('a late copy of an edit or an insert does not bring back what the replica deleted after it', async () => {
  await using at = await openPlace();
  await at.stores.customer.insert({ id: 'c2', name: 'New', status: 'prospect' });
  await at.sync();
  at.line.holdPushes = 1;
  await at.stores.customer.findOne('c1').incrementalPatch({ phone: 'late' });
  await expect.poll(() => at.line.holdPushes).toBe(0);
  for (const id of ['c1', 'c2']) await (await at.stores.customer.findOne(id).exec(true)).remove();
  await at.sync();
  for (let back = 0; back < 5; back += 1) await at.line.deliverLate(back);
  expect([await at.central('customer', 'c1'), await at.central('customer', 'c2')]).toEqual([null, null]);
  await at.sync();
  expect(await at.stores.customer.count().exec()).toBe(0);
  expect(await firstValueFrom(at.stores.rejected$)).toEqual([]);
});
