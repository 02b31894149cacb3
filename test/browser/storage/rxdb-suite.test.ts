import { getRxStorageBlocks } from '@datastores/browser';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import type { RxStorage } from 'rxdb';
import { rxdbSuite } from '../../suites/rxdb.suite.ts';

rxdbSuite(
  'block storage',
  () => getRxStorageBlocks({ indexedDB: new IDBFactory(), IDBKeyRange }) as RxStorage<unknown, unknown>,
);
