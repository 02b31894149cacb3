import { join } from 'node:path';
import { getRxStorageSQLite } from '@datastores/node';
import { storageSuite } from '../../suites/storage.suite.ts';

storageSuite('SQLite storage', {
  createStorage: (folder) => getRxStorageSQLite({ filename: join(folder, 'replica.db'), durability: 'normal' }),
  deviations: {},
});
