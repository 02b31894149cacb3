import type { Datastore } from '@datastores/core';
import type { RxStorage } from 'rxdb';

/** Encryption of a local database, as `encryptDatastores` of `@datastores/browser/encryption` makes it. */
export interface StorageEncryption {
  /** The storage over which everything is sealed that is declared to be. */
  open(storage: RxStorage<unknown, unknown>, place: DatabasePlace): Promise<RxStorage<unknown, unknown>>;
  /** True if some of these fields of a datastore must not lie on disk as they are. */
  covers(collection: string, fields: readonly string[]): boolean;
}

/** A local database and what is in it. */
export interface DatabasePlace {
  readonly name: string;
  readonly datastores: readonly Datastore[];
}
