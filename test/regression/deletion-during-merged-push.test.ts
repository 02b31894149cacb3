import { customers } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { settled, startReplica, startService, writeThere } from '../support/sync.ts';

const alfreds = { id: 'c1', name: 'Alfreds', status: 'active' as const };

test('a deletion made while a push of the document is under way, whose answer brings a change of somebody else, yields to that', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [alfreds]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  const { customer } = replica.stores;
  await settled(replica.stores);
  let pushes = 0;
  replica.line.before = async (kind) => {
    if (kind !== 'push' || pushes++ > 0) return;
    await writeThere(server.store, customers, [{ ...alfreds, phone: 'there' }]);
    await customer.findOne('c1').remove();
  };
  await customer.findOne('c1').incrementalPatch({ email: 'first@x.example' });
  await expect.poll(() => pushes).toBeGreaterThan(0);
  await settled(replica.stores);

  const stored = await server.store.document('main', { datastore: 'customer', id: 'c1' });
  expect(JSON.parse(stored?.body ?? '{}')).toMatchObject({ phone: 'there', email: 'first@x.example' });
  const rejected = await firstValueFrom(replica.stores.rejected$);
  expect(rejected).toMatchObject([{ id: 'c1', code: 'CHANGE_CONFLICT', document: null }]);
  expect(await customer.findOne('c1').exec()).toMatchObject({ phone: 'there' });
});

test('so does the deletion of a document that was being inserted and that somebody else had inserted too', async () => {
  await using server = await startService([customers]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  const { customer } = replica.stores;
  await settled(replica.stores);
  let pushes = 0;
  replica.line.before = async (kind) => {
    if (kind !== 'push' || pushes++ > 0) return;
    await writeThere(server.store, customers, [{ ...alfreds, phone: 'there' }]);
    await customer.findOne('c1').remove();
  };
  await customer.insert({ ...alfreds, email: 'first@x.example' });
  await expect.poll(() => pushes).toBeGreaterThan(0);
  await settled(replica.stores);

  const stored = await server.store.document('main', { datastore: 'customer', id: 'c1' });
  expect(JSON.parse(stored?.body ?? '{}')).toMatchObject({ phone: 'there' });
  await expect.poll(() => customer.findOne('c1').exec()).toMatchObject({ phone: 'there' });
  expect(await firstValueFrom(replica.stores.rejected$)).toMatchObject([{ id: 'c1', document: null }]);
});
