import type { RxStorage } from 'rxdb';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';

/**
 * RxDB's storage on IndexedDB with strict durability: Chrome's default confirms a write before it is on disk, and a
 * replica must not call a change saved that a power cut can take back.
 */
export function dexieStorage(): RxStorage<unknown, unknown> {
  return getRxStorageDexie({ chromeTransactionDurability: 'strict' }) as RxStorage<unknown, unknown>;
}
