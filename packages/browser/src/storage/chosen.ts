import type { RxStorage, RxStorageInstanceCreationParams } from 'rxdb';
import { getRxStorageBlocks } from './blocks/storage.ts';
import { type BrowserStorage, isMixed, type StorageChoice, storageOf } from './choice.ts';
import { assertNotElsewhere } from './elsewhere.ts';

/**
 * The storage of a browser: each collection where it was chosen to lie. Opening one whose documents lie in the other
 * storage throws CONFIG_INVALID: they would seem to be gone, and with them what is not pushed yet.
 */
export function chosenStorage(choice: StorageChoice): RxStorage<unknown, unknown> {
  const blocks = getRxStorageBlocks();
  let dexie: Promise<RxStorage<unknown, unknown>> | undefined;
  const chosenOf = (chosen: BrowserStorage): RxStorage<unknown, unknown> | Promise<RxStorage<unknown, unknown>> => {
    if (chosen === 'blocks') return blocks as RxStorage<unknown, unknown>;
    // Most applications never need it, and it is a quarter of what a page would have to load.
    dexie ??= import('./dexie.ts').then(({ dexieStorage }) => dexieStorage());
    return dexie;
  };
  // Documents of the other storage are read as they are on disk. What the journal says of them must not be older.
  const always = isMixed(choice) ? { fresh: true } : {};
  return {
    name: blocks.name,
    rxdbVersion: blocks.rxdbVersion,
    async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, unknown>) {
      const chosen = storageOf(choice, params.collectionName);
      await assertNotElsewhere(params, chosen);
      const options = { ...(params.options as object), ...(chosen === 'blocks' ? always : {}) };
      return (await chosenOf(chosen)).createStorageInstance<T>({ ...params, options });
    },
  };
}
