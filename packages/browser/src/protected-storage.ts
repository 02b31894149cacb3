import { DatastoreError } from '@datastores/core';
import type { RxStorage } from 'rxdb';
import { readKeyring } from './encryption/keyring-store.ts';
import type { DatabasePlace, StorageEncryption } from './encryption/storage-encryption.ts';
import { searchableStorage } from './search/searchable-storage.ts';

/**
 * A storage with search over it, and encryption where that is wanted. Throws ENCRYPTION_KEY_MISSING if the database is
 * encrypted and nothing is given to open it with.
 */
export async function protectedStorage(
  storage: RxStorage<unknown, unknown>,
  place: DatabasePlace & { readonly encryption: StorageEncryption | undefined },
): Promise<RxStorage<unknown, unknown>> {
  const { encryption, name } = place;
  if (encryption === undefined) {
    if ((await readKeyring(name)) === null) return searchableStorage(storage);
    throw new DatastoreError('ENCRYPTION_KEY_MISSING', `"${name}" is encrypted, and is opened without a key.`);
  }
  return searchableStorage(await encryption.open(storage, place), {
    inMemory: (collection, fields) => encryption.covers(collection, fields),
  });
}
