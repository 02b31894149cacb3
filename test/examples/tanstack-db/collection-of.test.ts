import { type Customer, customers } from '@datastores/core';
import { createCollection, createLiveQueryCollection, eq } from '@tanstack/db';
import { expect, test } from 'vitest';
import { collectionOf } from '../../../examples/tanstack-db/collection-of.ts';
import { settled, startReplica, startService, writeThere } from '../../support/sync.ts';

const ana = { id: 'c1', name: 'Ana', status: 'active' as const };

test('a collection of TanStack DB shows a datastore live, and what is written to it is replicated', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [ana]);
  await using here = await startReplica(server.service, { datastores: [customers] });
  await using elsewhere = await startReplica(server.service, { datastores: [customers] });
  await settled(here.stores);
  const collection = createCollection(collectionOf<Customer & Record<string, unknown>>(here.stores.customer as never));
  const active = createLiveQueryCollection((query) =>
    query.from({ customer: collection }).where(({ customer }) => eq(customer.status, 'active')),
  );
  await active.preload();
  const names = () => active.toArray.map(({ name }) => name).sort();
  expect(names()).toEqual(['Ana']);

  await writeThere(server.store, customers, [{ ...ana, id: 'c2', name: 'Ben' }]);
  await expect.poll(names).toEqual(['Ana', 'Ben']);

  const seen: string[][] = [];
  const changes = active.subscribeChanges(() => seen.push(names()));
  await collection.insert({ ...ana, id: 'c3', name: 'Cleo' }).isPersisted.promise;
  await collection.update('c1', (draft) => {
    draft.name = 'Anna';
  }).isPersisted.promise;
  await collection.delete('c2').isPersisted.promise;
  expect(names()).toEqual(['Anna', 'Cleo']);
  changes.unsubscribe();
  // What was shown at once is never taken back for a moment.
  expect(seen.every((one, index) => index === 0 || one.join() !== seen[index - 2]?.join())).toBe(true);

  await settled(here.stores);
  await elsewhere.stores.syncNow();
  const found = await elsewhere.stores.customer.find().exec();
  expect(found.map(({ name }) => name).sort()).toEqual(['Anna', 'Cleo']);
  await active.cleanup();
  await collection.cleanup();
});

test('a write that the datastore refuses is taken back', async () => {
  await using server = await startService([customers]);
  await using here = await startReplica(server.service, { datastores: [customers] });
  const collection = createCollection(collectionOf<Customer & Record<string, unknown>>(here.stores.customer as never));
  await collection.preload();

  const refused = collection.insert({ ...ana, status: 'unheard-of' as never });
  expect(collection.size).toBe(1);
  await expect(refused.isPersisted.promise).rejects.toMatchObject({ code: 'DOCUMENT_INVALID' });
  expect(collection.size).toBe(0);
});
