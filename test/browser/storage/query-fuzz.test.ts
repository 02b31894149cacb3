import { getRxStorageBlocks } from '@datastores/browser';
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import type { RxStorage } from 'rxdb';
import { queryFuzzSuite } from '../../suites/query-fuzz.suite.ts';

queryFuzzSuite('block storage', {
  storage: getRxStorageBlocks({ indexedDB: new IDBFactory(), IDBKeyRange }) as RxStorage<unknown, unknown>,
  pairs: 4_000,
});
