import { join } from 'node:path';
import { openReplicated } from '@datastores/core';
import type { SearchEngine } from '@datastores/core/search';
import { getRxStorageSQLite } from '@datastores/node';
import type { RxStorage, RxStorageInstanceCreationParams } from 'rxdb';
import { temporaryFolder } from '../../support/folder.ts';
import { notes } from './place.ts';

/** Notes on a storage that counts how often its index is asked. */
export async function openCounted() {
  const folder = temporaryFolder();
  const sqlite = getRxStorageSQLite({ filename: join(folder.path, 'replica.db'), durability: 'normal' });
  let asked = 0;
  const storage: RxStorage<unknown, unknown> = {
    ...(sqlite as RxStorage<unknown, unknown>),
    name: `counted ${folder.path}`,
    async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, unknown>) {
      const instance = await sqlite.createStorageInstance<T>(params as never);
      const { search } = instance;
      if (search === undefined) return instance;
      const find: SearchEngine['find'] = (query) => {
        asked += 1;
        return search.find(query);
      };
      return Object.assign(instance, { search: { ...search, find } });
    },
  };
  const stores = await openReplicated({
    datastores: [notes],
    name: 'replica',
    storage,
    multiInstance: false,
    transport: null,
  });
  return {
    stores,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      await stores.close();
      folder[Symbol.dispose]();
    },
  };
}
