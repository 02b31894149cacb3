import { customers } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { settled, startReplica, startService } from '../support/sync.ts';

const alfreds = { id: 'c1', name: 'Alfreds', status: 'active' as const };

test('a deletion is on the rejected list where the insert had arrived unanswered and somebody else has changed the document since', async () => {
  await using server = await startService([customers]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await using other = await startReplica(server.service, { datastores: [customers] });
  const { customer } = replica.stores;
  await settled(replica.stores);
  replica.line.losePushAnswers = 1;
  replica.line.before = (kind) => {
    // One push, and nothing more before the document was deleted.
    if (kind === 'push' && replica.line.requests.push > 1) throw new Error('The line is down.');
  };
  await customer.insert(alfreds);
  await expect.poll(() => other.stores.customer.findOne('c1').exec()).not.toBeNull();
  await other.stores.customer.findOne('c1').incrementalPatch({ phone: 'there' });
  await settled(other.stores);
  await customer.findOne('c1').remove();
  replica.line.before = () => {};
  await replica.stores.syncNow();
  await settled(replica.stores);

  expect(await customer.findOne('c1').exec()).toMatchObject({ phone: 'there' });
  const rejected = await firstValueFrom(replica.stores.rejected$);
  expect(rejected).toMatchObject([{ id: 'c1', code: 'CHANGE_CONFLICT', document: null }]);
});

test('nothing is on it where the insert had not been changed by anybody, and both are gone', async () => {
  await using server = await startService([customers]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  const { customer } = replica.stores;
  await settled(replica.stores);
  replica.line.up = false;
  await customer.insert(alfreds);
  await customer.findOne('c1').remove();
  replica.line.up = true;
  await replica.stores.syncNow();
  await settled(replica.stores);

  expect(await server.store.document('main', { datastore: 'customer', id: 'c1' })).toBeNull();
  expect(await firstValueFrom(replica.stores.rejected$)).toEqual([]);
});
