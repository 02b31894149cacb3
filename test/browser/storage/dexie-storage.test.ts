import { IDBFactory, IDBKeyRange } from 'fake-indexeddb';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import { storageSuite } from '../../suites/storage.suite.ts';

/** One IndexedDB per folder: a storage opened again for the same folder finds what was stored there. */
const FACTORIES = new Map<string, IDBFactory>();

storageSuite('Dexie storage of RxDB', {
  createStorage: (folder) => {
    const indexedDB = FACTORIES.get(folder) ?? new IDBFactory();
    FACTORIES.set(folder, indexedDB);
    return getRxStorageDexie({ indexedDB, IDBKeyRange });
  },
  // fake-indexeddb walks cursors in quadratic time.
  generatedQueries: 80,
  deviations: {
    'lets a second row for an id in one write see what the first one did':
      'both rows are sorted against the state before',
    'lists a document written after the clock was set back': 'the checkpoint is a time',
    'answers generated queries over missing, null and mistyped values in indexed fields':
      'indexed fields must be required (RxDB error DXE1)',
    'counts what a query with skip and limit would return':
      'count ignores skip and limit, which RxDB never passes to it',
    'keeps a joined name apart from another pair that joins to the same':
      'the database in IndexedDB is named by joining database, version and collection with --',
    'refuses an attachment with another digest': 'the digest is not looked at',
    'refuses a document with an attachment that has no data': 'throws because RxDB lists an event for the refused row',
    'tells nothing of a document refused for a missing attachment': 'emits the event RxDB lists for the refused row',
  },
});
