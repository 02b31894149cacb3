import { createPostgresStore } from '../../../apps/sync-server/src/store/postgres/store.ts';
import type { Store, StoreOptions } from '../../../apps/sync-server/src/store/store.ts';
import { type StorePlace, SUITE_OPTIONS } from '../../suites/store/place.ts';
import { type PostgresCluster, startPostgres } from '../../support/postgres.ts';

/** A schema of its own in a database. */
export interface PostgresPlace extends StorePlace {
  /** The address of the store. */
  readonly url: string;
  readonly schema: string;
  open(options?: Partial<StoreOptions>): Promise<Store>;
}

/** A database server with a database for stores. */
export interface StoreServer extends AsyncDisposable {
  readonly cluster: PostgresCluster;
  createPlace(): Promise<PostgresPlace>;
}

/** Starts a database server of its own. */
export async function startStoreServer(settings: Readonly<Record<string, string>> = {}): Promise<StoreServer> {
  const cluster = await startPostgres(settings);
  const database = await cluster.createDatabase('stores');
  let places = 0;
  return {
    cluster,
    createPlace: async () => {
      places += 1;
      const schema = `place_${places}`;
      const url = `${database}?schema=${schema}`;
      const stores: Store[] = [];
      return {
        url,
        schema,
        open: async (options) => {
          const store = await createPostgresStore({ ...SUITE_OPTIONS, url, ...options });
          stores.push(store);
          return store;
        },
        [Symbol.asyncDispose]: async () => {
          for (const store of stores) await store.close();
        },
      };
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}
