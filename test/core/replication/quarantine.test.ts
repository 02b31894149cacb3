import { defineDatastore } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { callerOf, settled, startReplica, startService, writeThere } from '../../support/sync.ts';

const text = { type: 'string' } as const;
const loose = defineDatastore({
  name: 'note',
  schema: { type: 'object', properties: { title: text }, required: ['title'] },
});
/** What this replica was built with: it knows shorter titles only. */
const strict = defineDatastore({
  name: 'note',
  schema: { type: 'object', properties: { title: { type: 'string', maxLength: 5 } }, required: ['title'] },
});

test('a document that does not fit the schema here is set aside alone, and comes when a version of it fits', async () => {
  await using server = await startService([loose]);
  await writeThere(server.store, loose, [
    { id: 'a', title: 'short' },
    { id: 'b', title: 'much too long' },
    { id: 'c', title: 'fine' },
  ]);
  await using replica = await startReplica(server.service, { datastores: [strict] });
  await settled(replica.stores);
  const titles = async () => (await replica.stores.note.find().exec()).map(({ id, title }) => `${id} ${title}`).sort();
  expect(await titles()).toEqual(['a short', 'c fine']);
  expect(await firstValueFrom(replica.stores.quarantined$)).toMatchObject([
    { datastore: 'note', id: 'b', reason: expect.stringContaining('/title') },
  ]);
  const seen: number[] = [];
  const subscription = replica.stores.quarantined$.subscribe((list) => seen.push(list.length));
  await writeThere(server.store, loose, [{ id: 'b', title: 'ok' }]);
  await expect.poll(titles).toEqual(['a short', 'b ok', 'c fine']);
  await expect.poll(() => seen.at(-1)).toBe(0);
  subscription.unsubscribe();
});

test('a newer state that does not fit leaves the older one, and goes with the document', async () => {
  await using server = await startService([loose]);
  await writeThere(server.store, loose, [{ id: 'a', title: 'old' }]);
  await using replica = await startReplica(server.service, { datastores: [strict] });
  await settled(replica.stores);
  await writeThere(server.store, loose, [{ id: 'a', title: 'much too long' }]);
  await expect.poll(async () => (await firstValueFrom(replica.stores.quarantined$)).length).toBe(1);
  expect((await replica.stores.note.findOne('a').exec(true)).title).toBe('old');
  await writeThere(server.store, loose, [{ id: 'a', gone: true }]);
  await expect.poll(async () => (await firstValueFrom(replica.stores.quarantined$)).length).toBe(0);
  expect(await replica.stores.note.findOne('a').exec()).toBeNull();
});

test('what was set aside is forgotten when the server has forgotten it, or its scope is lost', async () => {
  await using server = await startService([loose]);
  await writeThere(server.store, loose, [{ id: 'a', title: 'much too long' }]);
  await server.store.write({ scope: 'other' }, () => ({
    documents: [
      {
        datastore: 'note',
        id: 'b',
        body: JSON.stringify({ id: 'b', title: 'much too long' }),
        schemaVersion: 0,
        author: '@erp',
        base: null,
        from: null,
      },
    ],
    result: null,
  }));
  const caller = { ...callerOf('ana'), scopes: ['main', 'other'] };
  await using replica = await startReplica(server.service, { datastores: [strict], caller });
  await settled(replica.stores);
  const ids = async () => (await firstValueFrom(replica.stores.quarantined$)).map(({ id }) => id).sort();
  expect(await ids()).toEqual(['a', 'b']);
  caller.scopes = ['main'];
  await replica.stores.syncNow();
  expect(await ids()).toEqual(['a']);
  replica.line.up = false;
  await writeThere(server.store, loose, [{ id: 'a', gone: true }]);
  await writeThere(server.store, loose, [{ id: 'c', title: 'c' }]);
  await server.store.compact({ before: Date.now() + 1_000 });
  replica.line.up = true;
  await replica.stores.syncNow();
  expect(await ids()).toEqual([]);
});
