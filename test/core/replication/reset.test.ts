import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { customers } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { callerOf, settled, startReplica, startService, writeThere } from '../../support/sync.ts';

const customer = (id: string, name = `Customer ${id}`) => ({ id, name, status: 'active' as const });

async function ids(stores: {
  customer: { find(): { exec(): Promise<readonly { id: string }[]> } };
}): Promise<string[]> {
  return (await stores.customer.find().exec()).map(({ id }) => id).sort();
}

test('a server restored from an older copy is noticed before anything is applied, and unpushed edits survive', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'store.db');
  const backup = join(folder.path, 'backup.db');
  {
    await using server = await startService([customers], file);
    await writeThere(server.store, customers, [customer('c1'), customer('c2')]);
  }
  copyFileSync(file, backup);
  const first = await startService([customers], file);
  let service = first.service;
  const moving = {
    info: () => service.info(),
    pull: (...args: Parameters<typeof service.pull>) => service.pull(...args),
    push: (...args: Parameters<typeof service.push>) => service.push(...args),
    digest: (...args: Parameters<typeof service.digest>) => service.digest(...args),
    note: (...args: Parameters<typeof service.note>) => service.note(...args),
    changes: (...args: Parameters<typeof service.changes>) => service.changes(...args),
  };
  await using replica = await startReplica(moving, { datastores: [customers] });
  await writeThere(first.store, customers, [customer('lost'), customer('c2', 'Changed before the restore')]);
  await expect.poll(() => ids(replica.stores)).toEqual(['c1', 'c2', 'lost']);
  replica.line.up = false;
  await replica.stores.customer.findOne('c1').incrementalPatch({ phone: '1' });
  await replica.stores.customer.insert(customer('new'));
  await replica.stores.customer.findOne('lost').incrementalPatch({ phone: '2' });
  await first[Symbol.asyncDispose]();

  await using restored = await startService([customers], backup);
  service = restored.service;
  await writeThere(restored.store, customers, [customer('c3'), customer('c4'), customer('c5')]);
  replica.line.up = true;
  await replica.stores.syncNow();
  await settled(replica.stores);
  // What was edited here and lost there is there again: the edit was never acknowledged and holds the whole document.
  expect(await ids(replica.stores)).toEqual(['c1', 'c2', 'c3', 'c4', 'c5', 'lost', 'new']);
  expect((await replica.stores.customer.findOne('c2').exec(true)).name).toBe('Customer c2');
  for (const [id, phone] of [
    ['c1', '1'],
    ['lost', '2'],
  ] as const) {
    const stored = await restored.store.document('main', { datastore: 'customer', id });
    expect(JSON.parse(stored?.body ?? '{}').phone).toBe(phone);
  }
  expect(await firstValueFrom(replica.stores.rejected$)).toEqual([]);
});

test('after a new epoch everything is pulled again and what the server no longer has is removed', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [customer('c1'), customer('c2')]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  await server.store.renewEpoch();
  await replica.stores.syncNow();
  await settled(replica.stores);
  expect(await ids(replica.stores)).toEqual(['c1', 'c2']);
});

test('a replica that was away longer than tombstones are kept starts over, and no deleted document comes back', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [customer('c1'), customer('c2'), customer('c3')]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  replica.line.up = false;
  await replica.stores.customer.findOne('c1').incrementalPatch({ phone: 'edited while it was being deleted' });
  await writeThere(server.store, customers, [
    { id: 'c1', gone: true },
    { id: 'c2', gone: true },
  ]);
  await writeThere(server.store, customers, [customer('c4')]);
  await server.store.compact({ before: Date.now() + 1_000 });
  replica.line.up = true;
  await replica.stores.syncNow();
  await settled(replica.stores);
  expect(await ids(replica.stores)).toEqual(['c3', 'c4']);
  expect(await server.store.document('main', { datastore: 'customer', id: 'c1' })).toBeNull();
  expect(await firstValueFrom(replica.stores.rejected$)).toMatchObject([{ id: 'c1', code: 'DOCUMENT_DELETED' }]);
});

test('a new replica of a store that has forgotten tombstones pulls it in several pages, and is then live', async () => {
  await using server = await startService([customers]);
  const names = Array.from({ length: 2_500 }, (_, at) => `c${at}`);
  await writeThere(
    server.store,
    customers,
    names.map((id) => customer(id)),
  );
  await writeThere(server.store, customers, [{ id: 'c2400', gone: true }]);
  await server.store.compact({ before: Date.now() + 1_000 });
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  expect(await ids(replica.stores)).toHaveLength(2_499);
});

test('documents of a scope that is no longer allowed are removed, and edits of them are kept as rejected', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [customer('c1')]);
  await server.store.write({ scope: 'other' }, () => ({
    documents: [
      {
        datastore: 'customer',
        id: 'o1',
        body: JSON.stringify(customer('o1')),
        schemaVersion: 0,
        author: '@erp',
        base: null,
        from: null,
      },
      {
        datastore: 'customer',
        id: 'o2',
        body: JSON.stringify(customer('o2')),
        schemaVersion: 0,
        author: '@erp',
        base: null,
        from: null,
      },
    ],
    result: null,
  }));
  const caller = { ...callerOf('ana'), scopes: ['main', 'other'] };
  await using replica = await startReplica(server.service, { datastores: [customers], caller });
  await settled(replica.stores);
  expect(await ids(replica.stores)).toEqual(['c1', 'o1', 'o2']);
  replica.line.up = false;
  await replica.stores.customer.findOne('o1').incrementalPatch({ phone: '1' });
  caller.scopes = ['main'];
  replica.line.up = true;
  await replica.stores.syncNow();
  await settled(replica.stores);
  expect(await ids(replica.stores)).toEqual(['c1']);
  expect(await firstValueFrom(replica.stores.rejected$)).toMatchObject([{ id: 'o1' }]);
});

test('a scope that is gained arrives without sending the others again', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [customer('c1')]);
  await server.store.write({ scope: 'other' }, () => ({
    documents: [
      {
        datastore: 'customer',
        id: 'o1',
        body: JSON.stringify(customer('o1')),
        schemaVersion: 0,
        author: '@erp',
        base: null,
        from: null,
      },
    ],
    result: null,
  }));
  const caller = callerOf('ana') as { scopes: string[] } & ReturnType<typeof callerOf>;
  await using replica = await startReplica(server.service, { datastores: [customers], caller });
  await settled(replica.stores);
  const before = (await firstValueFrom(replica.stores.status$)).pulled;
  caller.scopes = ['main', 'other'];
  await replica.stores.syncNow();
  await expect.poll(() => ids(replica.stores)).toEqual(['c1', 'o1']);
  expect((await firstValueFrom(replica.stores.status$)).pulled - before).toBe(1);
});
