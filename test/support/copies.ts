import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { customers, type Datastore, defineDatastore, inventory, scheduled } from '@datastores/core';
import { markCopied } from '@datastores/core/replica';
import { getRxStorageSQLite } from '@datastores/node';
import type { RxStorage } from 'rxdb';
import { expect } from 'vitest';
import { temporaryFolder } from './folder.ts';
import { settled, startReplica, startService, writeThere } from './sync.ts';

const accounts = defineDatastore({
  name: 'account',
  schema: {
    type: 'object',
    properties: { visits: { type: 'integer' }, limit: { type: 'integer' } },
    required: ['visits'],
  },
  fields: { visits: { counter: true }, limit: { serverOnly: true } },
});

/** The datastores of the tests on copies. */
export const DATASTORES = [customers, inventory, accounts] as const;
/** Nothing is exchanged but by `syncNow`. */
const NEVER = scheduled('0 0 1 1 *');
/** A customer as it was before anybody edited it. */
export const customer = (id: string) => ({ id, name: `Customer ${id}`, status: 'active' as const });

/** An open replica. */
export type Replica = Awaited<ReturnType<typeof openAt<typeof DATASTORES>>>;

function storageAt(filename: string): RxStorage<unknown, unknown> {
  const storage = getRxStorageSQLite({ filename, durability: 'normal' }) as RxStorage<unknown, unknown>;
  return { ...storage, name: `${storage.name} ${filename}` };
}

type Server = Awaited<ReturnType<typeof startService>>;

/** Opens the replica of the tests on copies at any storage, which exchanges nothing unless told to. */
export function openAt<const D extends readonly Datastore[]>(
  server: Server,
  options: { readonly datastores: D; readonly storage: RxStorage<unknown, unknown> },
) {
  const strategies = { customer: NEVER, inventory: NEVER, account: NEVER };
  return startReplica(server.service, { ...options, name: 'replica', strategies });
}

/** A server with some documents and a replica of it in a file, which can be copied. */
export async function openPlace() {
  const folder = temporaryFolder();
  const server = await startService(DATASTORES);
  await writeThere(server.store, customers, ['c1', 'c2', 'gone'].map(customer));
  const stock = { productId: 'p1', location: 'here', onHand: 100 };
  await writeThere(
    server.store,
    inventory,
    ['s1', 's2'].map((id) => ({ ...stock, id })),
  );
  await writeThere(server.store, accounts, [{ id: 'a1', visits: 0 }]);
  const filename = (name: string) => join(folder.path, `${name}.db`);
  const open = (name: string) => openAt(server, { datastores: DATASTORES, storage: storageAt(filename(name)) });
  return {
    server,
    open,
    storage: (name: string) => storageAt(filename(name)),
    /** Copies a replica that is closed. */
    copy: async (from: string, to: string) => {
      copyFileSync(filename(from), filename(to));
      await markCopied(storageAt(filename(to)), 'replica');
    },
    stock: async (id = 's1') =>
      JSON.parse((await server.store.document('main', { datastore: 'inventory', id }))?.body ?? '{}').onHand,
    visits: async () =>
      JSON.parse((await server.store.document('main', { datastore: 'account', id: 'a1' }))?.body ?? '{}').visits,
    customer: async (id: string) => {
      const stored = await server.store.document('main', { datastore: 'customer', id });
      return stored === null || stored.deleted ? null : JSON.parse(stored.body);
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Exchanges everything. */
export async function sync({ stores }: Pick<Replica, 'stores'>): Promise<void> {
  await stores.syncNow();
  await settled(stores);
}

/** Takes pieces out of the stock of 100. */
export function sell({ stores }: Pick<Replica, 'stores'>, count: number, id = 's1') {
  return stores.inventory.findOne(id).incrementalModify((s) => ({ ...s, onHand: s.onHand - count }));
}

/** Edits of every kind, none of them pushed. */
export async function editEverything(replica: Replica): Promise<void> {
  await sell(replica, 1);
  await replica.stores.customer.findOne('c1').incrementalPatch({ phone: 'before the copy' });
  await replica.stores.customer.insert(customer('new'));
  await (await replica.stores.customer.findOne('gone').exec(true)).remove();
}

/** Looks for what {@link editEverything} did on the server. */
export async function expectEverythingOnce(place: Awaited<ReturnType<typeof openPlace>>): Promise<void> {
  expect(await place.stock()).toBe(99);
  expect(await place.customer('c1')).toEqual({ ...customer('c1'), phone: 'before the copy' });
  expect(await place.customer('new')).toEqual(customer('new'));
  expect(await place.customer('gone')).toBeNull();
}
