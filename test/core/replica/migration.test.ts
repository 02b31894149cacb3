import { join } from 'node:path';
import { type Datastore, defineDatastore, scheduled } from '@datastores/core';
import { getRxStorageSQLite } from '@datastores/node';
import type { RxStorage } from 'rxdb';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { crashingStorage } from '../../support/crashing-storage.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { settled, startReplica, startService, writeThere } from '../../support/sync.ts';

const text = { type: 'string' } as const;
const number = { type: 'integer' } as const;
const strategies = { contact: scheduled('0 0 1 1 *') };

const version0 = defineDatastore({
  name: 'contact',
  schema: { type: 'object', properties: { name: text, tel: text, visits: number }, required: ['name'] },
  fields: { visits: { counter: true } },
});

/** `tel` is called `phone`, and there is a field that version 0 does not know. */
const version1 = defineDatastore({
  name: 'contact',
  version: 1,
  schema: {
    type: 'object',
    properties: { name: text, phone: text, visits: number, colour: text },
    required: ['name'],
  },
  fields: { visits: { counter: true } },
  versions: {
    1: {
      up: ({ tel, ...document }) => ({ ...document, ...(tel === undefined ? {} : { phone: tel }) }),
      down: ({ phone, colour: _, ...document }) => ({ ...document, ...(phone === undefined ? {} : { tel: phone }) }),
    },
  },
});

const old = { id: 'a', name: 'Ana', phone: '1', visits: 10, colour: 'red' };

function diskIn(path: string): RxStorage<unknown, unknown> {
  return getRxStorageSQLite({ filename: join(path, 'replica.db'), durability: 'normal' }) as RxStorage<
    unknown,
    unknown
  >;
}

function open<const D extends Datastore>(
  server: Awaited<ReturnType<typeof startService>>,
  options: { readonly datastore: D; readonly storage: RxStorage<unknown, unknown> },
) {
  const { datastore, storage } = options;
  return startReplica(server.service, { datastores: [datastore] as const, storage, strategies, name: 'replica' });
}

/** A replica of version 0 that has pulled everything from a server of version 1, edits offline and is closed. */
async function editInVersion0(server: Awaited<ReturnType<typeof startService>>, storage: RxStorage<unknown, unknown>) {
  await writeThere(server.store, version1, [old, { ...old, id: 'b' }, { ...old, id: 'gone' }, { ...old, id: 'clean' }]);
  await using replica = await open(server, { datastore: version0, storage });
  await replica.stores.syncNow();
  const { contact } = replica.stores;
  expect((await contact.findOne('a').exec(true)).toJSON()).toEqual({ id: 'a', name: 'Ana', tel: '1', visits: 10 });
  await contact.findOne('a').incrementalPatch({ name: 'Anna' });
  await contact.findOne('a').incrementalModify((state) => ({ ...state, visits: (state.visits ?? 0) + 1 }));
  await contact.findOne('b').incrementalPatch({ tel: '2' });
  await (await contact.findOne('gone').exec(true)).remove();
  await contact.insert({ id: 'new', name: 'New', tel: '3' });
}

/** What the pushes of a replica say, row by row. */
function listening(server: Awaited<ReturnType<typeof startService>>) {
  const rows: { readonly id: string; readonly changed: readonly string[] }[] = [];
  const service = {
    ...server.service,
    push: (...args: Parameters<typeof server.service.push>) => {
      rows.push(...(JSON.parse(args[0].rows) as typeof rows));
      return server.service.push(...args);
    },
  };
  return { rows, server: { ...server, service } };
}

async function expectEverythingThere(server: Awaited<ReturnType<typeof startService>>): Promise<void> {
  const there = async (id: string) => {
    const stored = await server.store.document('main', { datastore: 'contact', id });
    return stored === null || stored.deleted ? null : JSON.parse(stored.body);
  };
  expect(await there('a')).toEqual({ ...old, name: 'Anna', visits: 11 });
  expect(await there('b')).toEqual({ ...old, id: 'b', phone: '2' });
  expect(await there('gone')).toBeNull();
  expect(await there('clean')).toEqual({ ...old, id: 'clean' });
  expect(await there('new')).toEqual({ id: 'new', name: 'New', phone: '3' });
}

test('edits of an older schema are pushed as what the user changed, and nothing else is', async () => {
  using folder = temporaryFolder();
  await using server = await startService([version1]);
  await editInVersion0(server, diskIn(folder.path));
  const heard = listening(server);
  await using replica = await open(heard.server as typeof server, {
    datastore: version1,
    storage: diskIn(folder.path),
  });
  expect(await firstValueFrom(replica.stores.unpushed$)).toBe(4);
  const { contact } = replica.stores;
  expect((await contact.findOne('a').exec(true)).toJSON()).toEqual({ id: 'a', name: 'Anna', phone: '1', visits: 11 });
  await replica.stores.syncNow();
  await settled(replica.stores);
  const changed = Object.fromEntries(heard.rows.map((row) => [row.id, [...row.changed].sort()]));
  expect(changed).toEqual({ a: ['name', 'visits'], b: ['phone'], gone: [], new: ['name', 'phone'] });
  await expectEverythingThere(server);
  // What version 0 could not show has come too, into edited and clean documents alike.
  for (const id of ['a', 'b', 'clean']) expect((await contact.findOne(id).exec(true)).colour).toBe('red');
  expect(await firstValueFrom(replica.stores.rejected$)).toEqual([]);
});

test('documents that were pulled before keep the version they have on the server through a migration', async () => {
  using folder = temporaryFolder();
  await using server = await startService([version1]);
  await editInVersion0(server, diskIn(folder.path));
  await using replica = await open(server, { datastore: version1, storage: diskIn(folder.path) });
  const [stored] = await replica.stores.contact.storageInstance.findDocumentsById(['clean'], false);
  const there = await server.store.document('main', { datastore: 'contact', id: 'clean' });
  expect(stored?._meta).toMatchObject({ version: there?.version, scope: 'main' });
});

test('a migration that is broken off at any write loses nothing and is completed by the next start', async () => {
  const watched = ['datastores-journal', 'contact'];
  const writes = await (async () => {
    using folder = temporaryFolder();
    await using server = await startService([version1]);
    await editInVersion0(server, diskIn(folder.path));
    const counting = crashingStorage(diskIn(folder.path), watched);
    await (await open(server, { datastore: version1, storage: counting.storage }))[Symbol.asyncDispose]();
    return counting.writes();
  })();
  expect(writes).toBeGreaterThan(1);
  for (let write = 1; write <= writes; write += 1) {
    for (const when of ['before', 'after'] as const) {
      using folder = temporaryFolder();
      await using server = await startService([version1]);
      await editInVersion0(server, diskIn(folder.path));
      const failing = crashingStorage(diskIn(folder.path), watched, { fault: { write, when, kind: 'crash' } });
      const broken = await open(server, { datastore: version1, storage: failing.storage }).catch(() => null);
      await broken?.stores.close();
      expect(failing.failed(), `${when} ${write}`).toBe(true);
      await using replica = await open(server, { datastore: version1, storage: diskIn(folder.path) });
      await replica.stores.syncNow();
      await settled(replica.stores);
      await expectEverythingThere(server);
      expect((await replica.stores.contact.find().exec()).map(({ id }) => id).sort(), `${when} ${write}`).toEqual([
        'a',
        'b',
        'clean',
        'new',
      ]);
    }
  }
});

test('a replica that a newer application has migrated is not opened by an older one, and keeps everything', async () => {
  using folder = temporaryFolder();
  await using server = await startService([version1]);
  await editInVersion0(server, diskIn(folder.path));
  await (await open(server, { datastore: version1, storage: diskIn(folder.path) }))[Symbol.asyncDispose]();
  await expect(open(server, { datastore: version0, storage: diskIn(folder.path) })).rejects.toMatchObject({
    code: 'UPGRADE_REQUIRED',
    message: expect.stringContaining('contact'),
    remedy: expect.stringContaining('newer version'),
  });
  await using replica = await open(server, { datastore: version1, storage: diskIn(folder.path) });
  await replica.stores.syncNow();
  await settled(replica.stores);
  await expectEverythingThere(server);
});

test('a payload that was refused before a migration stays as it was written', async () => {
  using folder = temporaryFolder();
  await using server = await startService([version1]);
  await editInVersion0(server, diskIn(folder.path));
  {
    await using replica = await open(server, { datastore: version0, storage: diskIn(folder.path) });
    await writeThere(server.store, version1, [{ id: 'b', gone: true }]);
    await replica.stores.syncNow();
  }
  await using replica = await open(server, { datastore: version1, storage: diskIn(folder.path) });
  expect(await firstValueFrom(replica.stores.rejected$)).toMatchObject([
    { id: 'b', code: 'DOCUMENT_DELETED', document: { id: 'b', name: 'Ana', tel: '2', visits: 10 } },
  ]);
});
