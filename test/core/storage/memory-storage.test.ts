import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { storageSuite } from '../../suites/storage.suite.ts';

storageSuite('memory storage of RxDB', {
  createStorage: () => getRxStorageMemory(),
  deviations: {
    'lets a second row for an id in one write see what the first one did':
      'both rows are sorted against the state before',
    'lists a document written after the clock was set back': 'the checkpoint is a time',
    'answers generated queries over control characters and trailing spaces': 'index entries are padded with spaces',
    'answers generated queries over missing, null and mistyped values in indexed fields':
      'the index takes a missing value for an empty text or 0',
    'counts what a query with skip and limit would return':
      'count ignores skip and limit, which RxDB never passes to it',
    'refuses everything after it was closed': 'reads and writes go on after close',
    'ends the stream of changes when it is closed': 'the stream belongs to all instances of the collection',
    'refuses a document with an attachment that has no data': 'throws because RxDB lists an event for the refused row',
    'tells nothing of a document refused for a missing attachment': 'emits the event RxDB lists for the refused row',
  },
});
