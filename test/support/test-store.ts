import { createHash } from 'node:crypto';
import { createPostgresStore } from '../../apps/sync-server/src/store/postgres/store.ts';
import { createSqliteStore } from '../../apps/sync-server/src/store/sqlite/store.ts';
import type { Store, StoreOptions } from '../../apps/sync-server/src/store/store.ts';

/**
 * Opens the store of a test, which is the same for the same file name: an SQLite file, or a schema of the PostgreSQL database
 * that DATASTORES_TEST_STORE names, so that everything above the store can be tested on both.
 */
export async function openTestStore(filename: string, options: StoreOptions): Promise<Store> {
  const database = process.env['DATASTORES_TEST_STORE'];
  if (!database) return createSqliteStore({ filename, ...options });
  const schema = `test_${createHash('sha256').update(filename).digest('hex').slice(0, 24)}`;
  return createPostgresStore({ url: `${database}?schema=${schema}`, ...options });
}
