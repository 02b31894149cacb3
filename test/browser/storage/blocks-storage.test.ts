import { getRxStorageBlocks } from '@datastores/browser';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { storageSuite } from '../../suites/storage.suite.ts';

/** One IndexedDB per folder: a storage opened again for the same folder finds what was stored there. */
const FACTORIES = new Map<string, IDBFactory>();

storageSuite('block storage', {
  createStorage: (folder) => {
    const indexedDB = FACTORIES.get(folder) ?? new IDBFactory();
    FACTORIES.set(folder, indexedDB);
    return getRxStorageBlocks({ indexedDB, IDBKeyRange });
  },
  deviations: {},
});
