import { customers } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { settled, startReplica, startService, writeThere } from '../support/sync.ts';

const alfreds = { id: 'c1', name: 'Alfreds', status: 'active' as const };

test('an edit made while a push of the document is under way, of a field that the answer decides against, is told as rejected', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [alfreds]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  const { customer } = replica.stores;
  await settled(replica.stores);
  let pushes = 0;
  replica.line.before = async (kind) => {
    if (kind !== 'push' || pushes++ > 0) return;
    await writeThere(server.store, customers, [{ ...alfreds, phone: 'there' }]);
    await customer.findOne('c1').incrementalPatch({ phone: 'second', email: 'second@x.example' });
  };
  // The name is taken, so that the answer is a merge and not a refusal, after which all would be sent once more.
  await customer.findOne('c1').incrementalPatch({ phone: 'first', name: 'Alfreds & Co' });
  await expect.poll(() => pushes).toBeGreaterThan(0);
  await settled(replica.stores);

  expect((await customer.findOne('c1').exec(true)).toJSON()).toMatchObject({
    phone: 'there',
    email: 'second@x.example',
  });
  const decided = (await server.store.decisions({ limit: 10 })).map(({ field, proposed }) => [field, proposed]);
  expect(decided).toContainEqual(['phone', 'first']);
  const rejected = await firstValueFrom(replica.stores.rejected$);
  expect(rejected).toMatchObject([{ id: 'c1', code: 'CHANGE_CONFLICT', document: { phone: 'second' } }]);
  expect(rejected[0]?.message).toContain('"phone"');
});

test('an edit made while a push is under way that the answer leaves alone is no rejection', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [alfreds]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  const { customer } = replica.stores;
  await settled(replica.stores);
  let pushes = 0;
  replica.line.before = async (kind) => {
    if (kind !== 'push' || pushes++ > 0) return;
    await writeThere(server.store, customers, [{ ...alfreds, phone: 'there' }]);
    await customer.findOne('c1').incrementalPatch({ email: 'second@x.example' });
  };
  await customer.findOne('c1').incrementalPatch({ phone: 'first' });
  await expect.poll(() => pushes).toBeGreaterThan(0);
  await settled(replica.stores);

  expect(await firstValueFrom(replica.stores.rejected$)).toEqual([]);
});
