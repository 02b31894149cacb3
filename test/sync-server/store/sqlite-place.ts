import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteStore } from '../../../apps/sync-server/src/store/sqlite/store.ts';
import type { Store, StoreOptions } from '../../../apps/sync-server/src/store/store.ts';
import { type StorePlace, SUITE_OPTIONS } from '../../suites/store/place.ts';

/** A folder of its own with the file of a store. */
export interface SqlitePlace extends StorePlace {
  readonly folder: string;
  readonly filename: string;
  /** Opens the store, in another file if one is named. */
  open(options?: Partial<StoreOptions> & { readonly filename?: string }): Promise<Store>;
}

/** Makes an empty folder, which goes with everything in it. */
export async function createSqlitePlace(): Promise<SqlitePlace> {
  const folder = mkdtempSync(join(tmpdir(), 'datastores-store-'));
  const filename = join(folder, 'store.db');
  const stores: Store[] = [];
  return {
    folder,
    filename,
    open: async (options) => {
      const store = createSqliteStore({ ...SUITE_OPTIONS, filename, ...options });
      stores.push(store);
      return store;
    },
    [Symbol.asyncDispose]: async () => {
      for (const store of stores) await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
