import { type Datastore, scheduled } from '@datastores/core';
import { openDatastores } from '@datastores/node';
import { createSyncServer, silentLog } from '@datastores/sync-server';
import { temporaryFolder } from './folder.ts';
import { settled, writeThere } from './sync.ts';
import { TEST_SECRET, testToken } from './token.ts';

/** Nothing is exchanged but by `syncNow`. */
const NEVER = scheduled('0 0 1 1 *');

/** A listening sync server, and a place for the data folders of replicas that know it. */
export async function startServerWithReplicas<const D extends readonly Datastore[]>(datastores: D) {
  const folder = temporaryFolder();
  const server = await createSyncServer(
    { dataFolder: `${folder.path}/server`, server: { port: 0 }, auth: { secret: TEST_SECRET }, datastores },
    { log: silentLog },
  );
  const { url } = await server.listen();
  const token = await testToken('tester');
  return {
    store: server.store,
    /** Where the protocol is answered, and a token for it. */
    url: `${url}/trpc`,
    token,
    path: (name: string) => `${folder.path}/${name}`,
    /** Opens the replica in a folder of this name. It exchanges what it has only when told to. */
    async open(name: string, options: { readonly offline?: boolean } = {}) {
      const strategies = Object.fromEntries(datastores.map((datastore) => [datastore.name, NEVER]));
      const there = options.offline ? {} : { url: `${url}/trpc`, token };
      const stores = await openDatastores({
        folder: `${folder.path}/${name}`,
        datastores,
        strategies: strategies as never,
        durability: 'normal',
        drainMs: false,
        ...there,
      });
      return { stores, [Symbol.asyncDispose]: () => stores.close() };
    },
    /** What the server has of a document; null where it has none, or a deleted one. */
    async document(datastore: D[number]['name'], id: string) {
      const stored = await server.store.document('main', { datastore, id });
      return stored === null || stored.deleted ? null : JSON.parse(stored.body);
    },
    write: (datastore: D[number], documents: Parameters<typeof writeThere>[2]) =>
      writeThere(server.store, datastore, documents),
    async [Symbol.asyncDispose]() {
      await server.close();
      folder[Symbol.dispose]();
    },
  };
}

/** Exchanges everything now. */
export async function exchange(stores: Parameters<typeof settled>[0]): Promise<void> {
  await stores.syncNow();
  await settled(stores);
}
