import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { getRxStorageSQLite } from '@datastores/node';
import type { RxStorage } from 'rxdb';
import { afterAll } from 'vitest';
import { rxdbSuite } from '../../suites/rxdb.suite.ts';
import { temporaryFolder } from '../../support/folder.ts';

const folder = temporaryFolder();
afterAll(() => folder[Symbol.dispose]());

rxdbSuite('SQLite storage', () => {
  // A file of its own for each database.
  const filename = join(folder.path, `${randomUUID()}.db`);
  return getRxStorageSQLite({ filename, durability: 'normal' }) as RxStorage<unknown, unknown>;
});
