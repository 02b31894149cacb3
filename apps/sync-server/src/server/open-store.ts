import { join } from 'node:path';
import type { Settings } from '../config/resolve.ts';
import { createPostgresStore } from '../store/postgres/store.ts';
import { createSqliteStore } from '../store/sqlite/store.ts';
import type { Store, StoreOptions } from '../store/store.ts';

/** Opens the store that a configuration names. Throws STORE_UNAVAILABLE or STORE_UNSAFE. */
export async function openStore(
  settings: Pick<Settings, 'dataFolder' | 'store' | 'datastores'>,
  options: Omit<StoreOptions, 'datastores'>,
): Promise<Store> {
  const { datastores, store } = settings;
  if (store !== null) return createPostgresStore({ url: store, datastores, ...options });
  return createSqliteStore({ filename: sqliteFile(settings), datastores, ...options });
}

/** Where the store is, if it is an SQLite file. */
export function sqliteFile({ dataFolder }: Pick<Settings, 'dataFolder'>): string {
  return join(dataFolder, 'store.sqlite');
}
