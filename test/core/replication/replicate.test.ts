import { customers, inventory, orders, productCatalog } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { settled, startReplica, startService, writeThere } from '../../support/sync.ts';

const alfreds = { id: 'c1', name: 'Alfreds', status: 'active' as const, phone: '030-1', email: 'a@x.example' };
const chaiStock = { id: 's1', productId: 'p1', location: 'berlin', onHand: 10 };

test('documents of the server arrive, and later changes and deletions too', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [alfreds, { ...alfreds, id: 'c2' }]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  const names = replica.stores.customer.find({ selector: { status: 'active' } }).$;
  await settled(replica.stores);
  expect((await firstValueFrom(names)).map((customer) => customer.id).sort()).toEqual(['c1', 'c2']);

  await writeThere(server.store, customers, [
    { ...alfreds, name: 'Alfreds Futterkiste' },
    { id: 'c2', gone: true },
  ]);
  await expect.poll(async () => (await replica.stores.customer.findOne('c1').exec())?.name).toBe('Alfreds Futterkiste');
  await expect.poll(() => replica.stores.customer.count().exec()).toBe(1);
});

test('more documents than a page arrive, each once', async () => {
  await using server = await startService([productCatalog]);
  const products = Array.from({ length: 2_500 }, (_, index) => ({
    id: `p${index}`,
    sku: `SKU-${index}`,
    name: `Product ${index}`,
    status: 'active' as const,
  }));
  for (let start = 0; start < products.length; start += 500) {
    await writeThere(server.store, productCatalog, products.slice(start, start + 500));
  }
  await using replica = await startReplica(server.service, { datastores: [productCatalog] });
  await settled(replica.stores);
  expect(await replica.stores.product.count().exec()).toBe(2_500);
  const status = await firstValueFrom(replica.stores.status$);
  expect(status).toMatchObject({ state: 'live', pulled: 2_500, remaining: 0 });
});

test('a local write reaches the server and other replicas, and is confirmed', async () => {
  await using server = await startService([customers]);
  await using here = await startReplica(server.service, { datastores: [customers] });
  await using there = await startReplica(server.service, { datastores: [customers] });
  await here.stores.customer.insert(alfreds);
  expect(await here.stores.confirm('c1')).toEqual({ outcome: 'accepted' });
  await expect.poll(async () => (await there.stores.customer.findOne('c1').exec())?.toJSON()).toEqual(alfreds);
});

test('two replicas edit different fields of one customer offline: both survive', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [alfreds]);
  await using one = await startReplica(server.service, { datastores: [customers] });
  await using two = await startReplica(server.service, { datastores: [customers] });
  await Promise.all([settled(one.stores), settled(two.stores)]);
  one.line.up = two.line.up = false;
  await one.stores.customer.findOne('c1').incrementalPatch({ phone: '030-2' });
  await two.stores.customer.findOne('c1').incrementalPatch({ email: 'b@x.example' });
  one.line.up = two.line.up = true;
  await Promise.all([one.stores.syncNow(), two.stores.syncNow()]);
  await Promise.all([settled(one.stores), settled(two.stores)]);
  const expected = { ...alfreds, phone: '030-2', email: 'b@x.example' };
  await expect.poll(async () => (await one.stores.customer.findOne('c1').exec())?.toJSON()).toEqual(expected);
  await expect.poll(async () => (await two.stores.customer.findOne('c1').exec())?.toJSON()).toEqual(expected);
});

test('two replicas edit the same field offline: the declared policy decides and the decision is recorded', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [{ ...alfreds, notes: 'old' }]);
  await using one = await startReplica(server.service, { datastores: [customers] });
  await using two = await startReplica(server.service, { datastores: [customers] });
  await Promise.all([settled(one.stores), settled(two.stores)]);
  one.line.up = two.line.up = false;
  await one.stores.customer.findOne('c1').incrementalPatch({ phone: 'first', notes: 'first' });
  await two.stores.customer.findOne('c1').incrementalPatch({ phone: 'second', notes: 'second' });
  one.line.up = true;
  await one.stores.syncNow();
  two.line.up = true;
  const confirmation = two.stores.confirm('c1');
  await two.stores.syncNow();
  // phone: server-wins by default; notes: replica-wins as the datastore declares.
  expect(await confirmation).toMatchObject({ outcome: 'merged', decisions: [{ field: 'phone' }, { field: 'notes' }] });
  const expected = { phone: 'first', notes: 'second' };
  await expect.poll(async () => (await two.stores.customer.findOne('c1').exec())?.toJSON()).toMatchObject(expected);
  await expect.poll(async () => (await one.stores.customer.findOne('c1').exec())?.toJSON()).toMatchObject(expected);
  expect(await server.store.decisions({ limit: 10 })).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        field: 'phone',
        rule: 'server-wins',
        server: 'first',
        proposed: 'second',
        result: 'first',
      }),
      expect.objectContaining({
        field: 'notes',
        rule: 'replica-wins',
        server: 'first',
        proposed: 'second',
        result: 'second',
      }),
    ]),
  );
});

test('two replicas decrement one stock level offline: both count', async () => {
  await using server = await startService([inventory]);
  await writeThere(server.store, inventory, [chaiStock]);
  await using one = await startReplica(server.service, { datastores: [inventory] });
  await using two = await startReplica(server.service, { datastores: [inventory] });
  await Promise.all([settled(one.stores), settled(two.stores)]);
  one.line.up = two.line.up = false;
  await one.stores.inventory.findOne('s1').incrementalModify((stock) => ({ ...stock, onHand: stock.onHand - 1 }));
  await two.stores.inventory.findOne('s1').incrementalModify((stock) => ({ ...stock, onHand: stock.onHand - 1 }));
  one.line.up = two.line.up = true;
  await Promise.all([one.stores.syncNow(), two.stores.syncNow()]);
  await expect.poll(async () => (await one.stores.inventory.findOne('s1').exec())?.onHand).toBe(8);
  await expect.poll(async () => (await two.stores.inventory.findOne('s1').exec())?.onHand).toBe(8);
});

test('a counter whose push was applied but not answered counts once, also when it is edited meanwhile', async () => {
  await using server = await startService([inventory]);
  await writeThere(server.store, inventory, [chaiStock]);
  await using replica = await startReplica(server.service, { datastores: [inventory] });
  await settled(replica.stores);
  const sell = () =>
    replica.stores.inventory.findOne('s1').incrementalModify((stock) => ({ ...stock, onHand: stock.onHand - 1 }));
  replica.line.losePushAnswers = 2;
  await sell();
  await expect.poll(() => replica.line.requests.push).toBeGreaterThan(0);
  await sell();
  await replica.stores.syncNow();
  await sell();
  await replica.stores.syncNow();
  await settled(replica.stores);
  const stored = await server.store.document('main', { datastore: 'inventory', id: 's1' });
  expect(JSON.parse(stored?.body ?? '').onHand).toBe(7);
  expect((await replica.stores.inventory.findOne('s1').exec(true)).onHand).toBe(7);
});

test('an edit made while its push is under way is not lost and not acknowledged by the old answer', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [alfreds]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  let edited = false;
  replica.line.before = async (kind) => {
    if (kind !== 'push' || edited) return;
    edited = true;
    await replica.stores.customer.findOne('c1').incrementalPatch({ email: 'later@x.example' });
  };
  await replica.stores.customer.findOne('c1').incrementalPatch({ phone: '030-9' });
  await expect.poll(() => edited).toBe(true);
  await settled(replica.stores);
  const stored = await server.store.document('main', { datastore: 'customer', id: 'c1' });
  expect(JSON.parse(stored?.body ?? '')).toEqual({ ...alfreds, phone: '030-9', email: 'later@x.example' });
});

test('a change the server refuses ends in the rejected list with its payload, and the others go through', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [
    { ...alfreds, creditLimit: 100 },
    { ...alfreds, id: 'c2' },
  ]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  replica.line.up = false;
  await replica.stores.customer.findOne('c1').incrementalPatch({ creditLimit: 1_000_000 });
  await replica.stores.customer.findOne('c2').incrementalPatch({ phone: '030-7' });
  replica.line.up = true;
  await replica.stores.syncNow();
  await settled(replica.stores);
  const rejected = await firstValueFrom(replica.stores.rejected$);
  expect(rejected).toMatchObject([{ id: 'c1', code: 'FIELD_SERVER_ONLY', document: { creditLimit: 1_000_000 } }]);
  expect(await replica.stores.confirm('c1')).toMatchObject({ outcome: 'rejected', code: 'FIELD_SERVER_ONLY' });
  expect((await replica.stores.customer.findOne('c1').exec(true)).creditLimit).toBe(100);
  expect(JSON.parse((await server.store.document('main', { datastore: 'customer', id: 'c2' }))?.body ?? '').phone).toBe(
    '030-7',
  );
  await replica.stores.discard(rejected[0] as never);
  expect(await firstValueFrom(replica.stores.rejected$)).toEqual([]);
});

test('a document deleted on the server does not come back from an offline edit; the edit is kept as rejected', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [alfreds]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  replica.line.up = false;
  await writeThere(server.store, customers, [{ id: 'c1', gone: true }]);
  await replica.stores.customer.findOne('c1').incrementalPatch({ phone: '030-3' });
  replica.line.up = true;
  await replica.stores.syncNow();
  await settled(replica.stores);
  expect(await replica.stores.customer.findOne('c1').exec()).toBeNull();
  expect(await firstValueFrom(replica.stores.rejected$)).toMatchObject([{ id: 'c1', code: 'DOCUMENT_DELETED' }]);
});

test('a document inserted and removed offline is never there on the server', async () => {
  await using server = await startService([orders]);
  await using replica = await startReplica(server.service, { datastores: [orders] });
  await settled(replica.stores);
  replica.line.up = false;
  const order = await replica.stores.order.insert({
    id: 'o1',
    customerId: 'c1',
    status: 'placed',
    placedAt: '2026-01-01T00:00:00.000Z',
    currency: 'EUR',
    lines: [],
  });
  await order.remove();
  replica.line.up = true;
  await replica.stores.syncNow();
  await settled(replica.stores);
  expect(await server.store.document('main', { datastore: 'order', id: 'o1' })).toBeNull();
  expect(await firstValueFrom(replica.stores.rejected$)).toEqual([]);
});

test('a document removed and inserted again offline arrives as it is now', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [alfreds]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  replica.line.up = false;
  await (await replica.stores.customer.findOne('c1').exec(true)).remove();
  await replica.stores.customer.insert({ id: 'c1', name: 'New', status: 'prospect' });
  replica.line.up = true;
  await replica.stores.syncNow();
  await settled(replica.stores);
  const stored = await server.store.document('main', { datastore: 'customer', id: 'c1' });
  expect(JSON.parse(stored?.body ?? '')).toEqual({ id: 'c1', name: 'New', status: 'prospect' });
});

test('an edit that is undone after a push of it was applied but not answered is undone on the server too', async () => {
  await using server = await startService([inventory, customers]);
  await writeThere(server.store, inventory, [chaiStock]);
  await writeThere(server.store, customers, [alfreds]);
  await using replica = await startReplica(server.service, { datastores: [inventory, customers] });
  await settled(replica.stores);
  const move = (amount: number) =>
    replica.stores.inventory.findOne('s1').incrementalModify((stock) => ({ ...stock, onHand: stock.onHand + amount }));
  const central = async (datastore: string, id: string) =>
    JSON.parse((await server.store.document('main', { datastore, id }))?.body ?? '{}');

  replica.line.losePushAnswers = 1;
  await move(-1);
  await expect.poll(async () => (await central('inventory', 's1')).onHand).toBe(9);
  await move(1);
  await replica.stores.syncNow();
  await settled(replica.stores);
  expect((await central('inventory', 's1')).onHand).toBe(10);
  expect((await replica.stores.inventory.findOne('s1').exec(true)).onHand).toBe(10);

  // The same with somebody else's change in between.
  replica.line.losePushAnswers = 1;
  await move(-4);
  await expect.poll(async () => (await central('inventory', 's1')).onHand).toBe(6);
  await writeThere(server.store, inventory, [{ ...chaiStock, onHand: 6, bin: 'A1' }]);
  await move(4);
  await replica.stores.syncNow();
  await settled(replica.stores);
  expect(await central('inventory', 's1')).toMatchObject({ onHand: 10, bin: 'A1' });
  expect((await replica.stores.inventory.findOne('s1').exec(true)).onHand).toBe(10);

  replica.line.losePushAnswers = 1;
  await replica.stores.customer.findOne('c1').incrementalPatch({ phone: 'wrong' });
  await expect.poll(async () => (await central('customer', 'c1')).phone).toBe('wrong');
  await replica.stores.customer.findOne('c1').incrementalPatch({ phone: alfreds.phone });
  await replica.stores.syncNow();
  await settled(replica.stores);
  expect((await central('customer', 'c1')).phone).toBe(alfreds.phone);
  expect(await firstValueFrom(replica.stores.rejected$)).toEqual([]);
});

test('a document removed after its insert was applied but not answered stays removed', async () => {
  await using server = await startService([customers]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  replica.line.losePushAnswers = 1;
  const customer = await replica.stores.customer.insert(alfreds);
  await expect
    .poll(async () => (await server.store.document('main', { datastore: 'customer', id: 'c1' }))?.deleted)
    .toBe(false);
  await customer.incrementalRemove();
  await replica.stores.syncNow();
  await settled(replica.stores);
  expect((await server.store.document('main', { datastore: 'customer', id: 'c1' }))?.deleted).toBe(true);
  expect(await replica.stores.customer.findOne('c1').exec()).toBeNull();
});
