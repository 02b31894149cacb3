import { fillWithDefaultSettings, type RxStorage } from 'rxdb';
import type { Datastore } from '../schema/datastore.ts';
import { collectionOf } from './collection.ts';
import type { ReplicatedStorage } from './journaled-storage.ts';
import { createLock } from './lock.ts';
import type { StorageInstance } from './stored.ts';

/** The database that a storage instance is opened in. */
export interface OwnStorageOptions {
  readonly storage: RxStorage<unknown, unknown>;
  readonly databaseName: string;
  readonly databaseToken: string;
  readonly multiInstance: boolean;
}

/**
 * Opens the storage of a datastore that only the server writes: an instance of its own in the database of the replica, as
 * the journal has one. No collection is made for it, so it costs none of those that RxDB allows a process, and there is
 * nothing through which an application could write to it.
 */
export async function openOwnStorage(
  datastore: Datastore,
  { storage, databaseName, databaseToken, multiInstance }: OwnStorageOptions,
): Promise<ReplicatedStorage> {
  const instance = (await storage.createStorageInstance({
    databaseInstanceToken: databaseToken,
    databaseName,
    collectionName: datastore.name,
    schema: fillWithDefaultSettings(collectionOf(datastore).schema) as never,
    options: {},
    multiInstance,
    devMode: false,
  })) as unknown as StorageInstance;
  return { instance, lock: createLock(), search: undefined };
}
