import { customers, DatastoreError, openReplicated } from '@datastores/core';
import type { RxStorage } from 'rxdb';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import {
  serverMetaOf as metaOf,
  type StorageInstance,
  type StoredDocument,
} from '../../../packages/core/src/replica/stored.ts';
import { settled, startReplica, startService, writeThere } from '../../support/sync.ts';

const customer = (id: string, name = `Customer ${id}`) => ({ id, name, status: 'active' as const });

type Replica = Awaited<ReturnType<typeof startReplica<[typeof customers]>>>;

/** Changes a document below the journal, as damage does; null removes it. */
async function damage({ stores }: Replica, id: string, change: (document: StoredDocument) => StoredDocument | null) {
  const storageInstance = stores.customer.storageInstance as unknown as StorageInstance;
  const previous = await stored({ stores } as Replica, id);
  const changed = change(structuredClone(previous)) ?? { ...previous, _deleted: true };
  const document = { ...changed, _rev: `${Number.parseInt(previous._rev, 10) + 1}-damage` };
  const written = await storageInstance.bulkWrite([{ previous, document }], 'replication-damage');
  expect(written.error).toEqual([]);
}

/** Puts documents below the journal that the server does not have. */
async function insertBelow({ stores }: Replica, ids: readonly string[]) {
  const storageInstance = stores.customer.storageInstance as unknown as StorageInstance;
  const rows = ids.map((id) => {
    const ofStorage = { _deleted: false, _attachments: {}, _meta: { lwt: 1 }, _rev: '1-damage' };
    return { document: { ...customer(id), ...ofStorage } as unknown as StoredDocument };
  });
  expect((await storageInstance.bulkWrite(rows, 'replication-damage')).error).toEqual([]);
}

async function stored({ stores }: Replica, id: string): Promise<StoredDocument> {
  const [document] = await (stores.customer.storageInstance as unknown as StorageInstance).findDocumentsById(
    [id],
    false,
  );
  if (document === undefined) throw new Error(`there is no ${id}`);
  return document;
}

async function here({ stores }: Replica): Promise<Record<string, string>> {
  const found = await stores.customer.find().exec();
  return Object.fromEntries(found.map(({ id, name }) => [id, name]));
}

test('what differs is repaired on a storage that has no direct access, and the status tells of it', async () => {
  await using server = await startService([customers]);
  await writeThere(
    server.store,
    customers,
    ['a', 'b', 'c', 'd'].map((id) => customer(id)),
  );
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  await damage(replica, 'a', (document) => ({ ...document, name: 'Damaged' }) as StoredDocument);
  await damage(replica, 'b', () => null);
  await damage(replica, 'c', (document) => ({ ...document, _meta: { ...document._meta, version: 'x.1.y' } }) as never);

  const reports = await replica.stores.check();

  expect(reports).toMatchObject([{ datastore: 'customer', outcome: 'repaired', compared: 3, found: 3, repaired: 3 }]);
  const kinds = reports[0]?.findings.map(({ kind, id }) => `${id} ${kind}`).sort();
  expect(kinds).toEqual(['a changed', 'b missing', 'c changed']);
  expect(await here(replica)).toEqual({ a: 'Customer a', b: 'Customer b', c: 'Customer c', d: 'Customer d' });
  const status = await firstValueFrom(replica.stores.status$);
  expect(status.datastores['customer']?.checked).toEqual(reports[0]);
  expect(await replica.stores.check()).toMatchObject([{ outcome: 'equal', compared: 4, found: 0, findings: [] }]);
});

test('unpushed edits are compared by their base, and neither changed nor removed', async () => {
  await using server = await startService([customers]);
  await writeThere(
    server.store,
    customers,
    ['a', 'b', 'c'].map((id) => customer(id)),
  );
  await using replica = await startReplica(server.service, {
    datastores: [customers],
    // Nothing is pushed but by `syncNow`, and a check only pulls where it must.
    strategies: { customer: { kind: 'scheduled', cron: '0 0 1 1 *', timeZone: 'UTC' } as never },
  });
  await settled(replica.stores);
  const pushes = replica.line.requests.push;
  replica.line.before = (kind) => {
    if (kind === 'push') throw new DatastoreError('SERVER_UNREACHABLE', 'Pushes do not get through.');
  };
  await replica.stores.customer.findOne('a').incrementalPatch({ name: 'Edited' });
  await (await replica.stores.customer.findOne('b').exec(true)).remove();
  await replica.stores.customer.insert(customer('new'));

  const [report] = await replica.stores.check();

  expect(report).toMatchObject({ outcome: 'equal', found: 0 });
  expect(await here(replica)).toEqual({ a: 'Edited', c: 'Customer c', new: 'Customer new' });
  expect(await firstValueFrom(replica.stores.unpushed$)).toBe(3);
  expect(replica.line.requests.push).toBeGreaterThanOrEqual(pushes);
  replica.line.before = () => {};
  await replica.stores.syncNow();
  await settled(replica.stores);
  expect(JSON.parse((await server.store.document('main', { datastore: 'customer', id: 'a' }))?.body ?? '{}').name).toBe(
    'Edited',
  );
});

test('a document that the server does not have, but that was edited, stays with its edit; the base below it goes', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [customer('a')]);
  await using replica = await startReplica(server.service, {
    datastores: [customers],
    strategies: { customer: { kind: 'scheduled', cron: '0 0 1 1 *', timeZone: 'UTC' } as never },
  });
  await settled(replica.stores);
  const meta = metaOf(await stored(replica, 'a'));
  await insertBelow(replica, ['x']);
  await damage(replica, 'x', (document) => ({ ...document, _meta: { ...meta, ...document._meta } }));
  replica.line.before = (kind) => {
    if (kind === 'push') throw new DatastoreError('SERVER_UNREACHABLE', 'Pushes do not get through.');
  };
  await replica.stores.customer.findOne('x').incrementalPatch({ name: 'Edited' });

  const [report] = await replica.stores.check();

  expect(report).toMatchObject({ outcome: 'repaired', findings: [{ kind: 'base', id: 'x', repaired: true }] });
  expect(await here(replica)).toEqual({ a: 'Customer a', x: 'Edited' });
  expect(await replica.stores.check()).toMatchObject([{ outcome: 'equal', found: 0 }]);
});

test('more documents in doubt than one question holds are asked about until all are told of', async () => {
  await using server = await startService([customers]);
  const ids = Array.from({ length: 450 }, (_, index) => `c${index}`);
  await writeThere(server.store, customers, [customer('a')]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  await insertBelow(replica, ids);

  const [report] = await replica.stores.check();

  expect(report).toMatchObject({ outcome: 'repaired', found: 450, repaired: 450 });
  expect(await here(replica)).toEqual({ a: 'Customer a' });
});

test('a check of a closed replica is refused, not left without an answer', async () => {
  await using server = await startService([customers]);
  const replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  await replica.stores.close();

  expect(await replica.stores.check()).toMatchObject([{ outcome: 'not-checked', error: { code: 'REPLICA_CLOSED' } }]);
});

test('digests that never get through hold up nothing else, and are given up after a few tries', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [customer('a')]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  replica.line.before = (kind) => {
    if (kind === 'digest') throw new DatastoreError('SERVER_UNREACHABLE', 'Digests do not get through.');
  };

  expect(await replica.stores.check()).toMatchObject([{ outcome: 'not-checked' }]);
  await writeThere(server.store, customers, [customer('b')]);
  for (let turn = 0; turn < 8; turn += 1) await replica.stores.syncNow();

  expect(await here(replica)).toEqual({ a: 'Customer a', b: 'Customer b' });
  expect(replica.line.requests.digest).toBe(5);
});

test('a check without the server says so, does no harm, and is made when the server is back', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [customer('a'), customer('b')]);
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  await damage(replica, 'a', () => null);
  replica.line.up = false;

  const [report] = await replica.stores.check();

  expect(report).toMatchObject({ outcome: 'not-checked', error: { code: 'SERVER_UNREACHABLE' } });
  expect(await here(replica)).toEqual({ b: 'Customer b' });
  replica.line.up = true;
  await replica.stores.syncNow();
  expect((await firstValueFrom(replica.stores.status$)).datastores['customer']?.checked).toMatchObject({
    outcome: 'repaired',
    found: 1,
  });
  expect(await here(replica)).toEqual({ a: 'Customer a', b: 'Customer b' });
});

test.each([
  { whose: 'of one process', multiInstance: false },
  { whose: 'of several tabs', multiInstance: true },
])('a replica $whose compares itself now and then, and not at all where it is told so', async ({ multiInstance }) => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [customer('a')]);
  await using checking = await startReplica(server.service, {
    datastores: [customers],
    selfCheck: { everyMs: 1_000 },
    multiInstance,
  });
  await using never = await startReplica(server.service, { datastores: [customers], selfCheck: false });
  await settled(checking.stores);
  await settled(never.stores);
  await damage(checking, 'a', () => null);
  await damage(never, 'a', () => null);

  await expect.poll(() => here(checking), { timeout: 10_000 }).toEqual({ a: 'Customer a' });

  expect(await here(never)).toEqual({});
  expect(never.line.requests.digest).toBe(0);
});

test('a replica that may have lost something compares itself at once, and then knows where it is without pulling all', async () => {
  await using server = await startService([customers]);
  const many = Array.from({ length: 300 }, (_, index) => customer(`c${index}`));
  await writeThere(server.store, customers, many);
  const storage = getRxStorageMemory() as unknown as RxStorage<unknown, unknown>;
  {
    await using first = await startReplica(server.service, { datastores: [customers], storage, name: 'kept' });
    await settled(first.stores);
    await damage(first, 'c7', () => null);
  }
  await using again = await startReplica(server.service, {
    datastores: [customers],
    storage,
    name: 'kept',
    mayLackWrites: true,
  });
  await settled(again.stores);
  await expect
    .poll(async () => (await firstValueFrom(again.stores.status$)).datastores['customer']?.checked)
    .toMatchObject({ outcome: 'repaired', findings: [{ kind: 'missing', id: 'c7' }] });
  expect(Object.keys(await here(again))).toHaveLength(300);
});

test('a replica without a server has nothing to compare with', async () => {
  const stores = await openReplicated({
    datastores: [customers],
    name: 'without-a-server',
    storage: getRxStorageMemory() as never,
    multiInstance: false,
    transport: null,
  });

  expect(await stores.check()).toEqual([]);
  await stores.close();
});

test('an interval that is none is refused', async () => {
  await using server = await startService([customers]);

  await expect(
    startReplica(server.service, { datastores: [customers], selfCheck: { everyMs: Number.NaN } }),
  ).rejects.toMatchObject({ code: 'OPTION_INVALID' });
});
