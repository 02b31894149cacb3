import type { RxStorage, RxStorageInstanceCreationParams } from 'rxdb';
import type { Datastore } from '../schema/datastore.ts';
import { engineOf, type SearchEngine } from '../search/engine.ts';
import type { Journal } from './journal.ts';
import { writeLocally } from './local-write.ts';
import { createLock, type Lock } from './lock.ts';
import { isReplicationContext, type StorageInstance } from './stored.ts';

/** The storage of one datastore as replication sees it: writes below the journal, under the same lock as local ones. */
export interface ReplicatedStorage {
  readonly instance: StorageInstance;
  readonly lock: Lock;
  /** Undefined where the storage below offers no search. */
  readonly search: SearchEngine | undefined;
}

/** What the wrapped storage needs of the replica that is being opened. */
export interface JournalAccess {
  readonly datastores: ReadonlyMap<string, Datastore>;
  /** Resolves once the journal is open; local writes wait for it. */
  readonly journal: () => Promise<Journal>;
  /** Called with the storage of each datastore as it is opened. */
  readonly opened: (datastore: string, storage: ReplicatedStorage) => void;
}

/**
 * An RxStorage that keeps the journal: what the application writes to a datastore is journalled, what replication and
 * schema migration write is not. Each instance is asked to search what its datastore declares, with the option `search`.
 * Everything else passes through, so any RxStorage can lie underneath.
 */
export function journaledStorage<I, O>(storage: RxStorage<I, O>, access: JournalAccess): RxStorage<I, O> {
  return {
    name: storage.name,
    rxdbVersion: storage.rxdbVersion,
    async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, O>) {
      const datastore = access.datastores.get(params.collectionName);
      if (datastore === undefined || params.schema.version !== datastore.version) {
        return storage.createStorageInstance<T>(params);
      }
      // Here and not in the schema, of which RxDB keeps a hash and knows every key: what is searched may change any time.
      const options = { ...params.options, search: datastore.search };
      const instance = await storage.createStorageInstance<T>({ ...params, options });
      journalWrites(instance as unknown as StorageInstance, datastore, access);
      return instance;
    },
  };
}

function journalWrites(instance: StorageInstance, datastore: Datastore, access: JournalAccess): void {
  const lock = createLock();
  const write = instance.bulkWrite.bind(instance);
  const below = belowJournal(instance, write);
  access.opened(datastore.name, { instance: below, lock, search: engineOf(instance) });
  instance.bulkWrite = async (rows, context) => {
    if (isReplicationContext(context)) return write(rows, context);
    const journal = await access.journal();
    return lock.run(() => writeLocally({ datastore, journal, instance: below }, rows, context));
  };
  const cleanup = instance.cleanup.bind(instance);
  instance.cleanup = async (minimumDeletedTime) => {
    const journal = await access.journal();
    // A tombstone that is not pushed yet must outlive any clean-up, or the deletion is lost.
    return journal.index.edits(datastore.name) > 0 ? true : cleanup(minimumDeletedTime);
  };
}

function belowJournal(instance: StorageInstance, write: StorageInstance['bulkWrite']): StorageInstance {
  return new Proxy(instance, {
    get: (target, property) => (property === 'bulkWrite' ? write : bound(target, Reflect.get(target, property))),
  });
}

function bound(target: StorageInstance, value: unknown): unknown {
  return typeof value === 'function' ? value.bind(target) : value;
}
