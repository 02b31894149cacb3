import { createRxDatabase, type RxCollection, type RxDatabase, type RxStorage } from 'rxdb';
import { DatastoreError } from '../errors.ts';
import { SERVER_OWNED } from '../protocol/own-scopes.ts';
import type { Datastore } from '../schema/datastore.ts';
import { assertDatastoreSet } from '../schema/datastore-set.ts';
import type { Document } from '../schema/document.ts';
import { loadValidation } from '../schema/validate.ts';
import { collectionOf } from './collection.ts';
import { createJournal, type Journal } from './journal.ts';
import { type Identity, journalKey } from './journal-entry.ts';
import { journaledStorage, type ReplicatedStorage } from './journaled-storage.ts';
import { openOwnStorage } from './own-storage.ts';
import { markChecked, storageProblem } from './storable.ts';
import { contentOf, type StoredDocument } from './stored.ts';
import { assertNotNewer } from './versioned-keys.ts';

/** What a replica is opened with. */
export interface ReplicaOptions {
  /** Name of the database; the same name on the same storage is the same replica. */
  readonly name: string;
  readonly storage: RxStorage<unknown, unknown>;
  readonly datastores: readonly Datastore[];
  /** True where several tabs or processes share the storage. */
  readonly multiInstance: boolean;
  /** Makes the id of a new replica. */
  readonly newId: () => string;
}

/** The local copy: one RxDB collection per datastore, and the journal of what the server does not know yet. */
export interface Replica {
  /** Stable id of this replica, minted when it was first opened; a copy of its file gets another one. */
  readonly id: string;
  readonly database: RxDatabase;
  readonly collections: Readonly<Record<string, RxCollection<Document>>>;
  /** By datastore; also of those that only the server writes, which have no collection. */
  readonly storages: ReadonlyMap<string, ReplicatedStorage>;
  readonly journal: Journal;
  close(): Promise<void>;
}

/** Opens the replica, migrating documents of older schema versions. Works without any server. */
export async function createReplica(options: ReplicaOptions): Promise<Replica> {
  assertDatastoreSet(options.datastores);
  await Promise.all(options.datastores.map(loadValidation));
  const datastores = new Map(options.datastores.map((datastore) => [datastore.name, datastore]));
  const storages = new Map<string, ReplicatedStorage>();
  let journal: Promise<Journal> | undefined;
  const database = await createRxDatabase({
    name: options.name,
    multiInstance: options.multiInstance,
    eventReduce: true,
    storage: journaledStorage(options.storage, {
      datastores,
      journal: () => journal ?? Promise.reject(new DatastoreError('REPLICA_CLOSED', 'The journal is not open.')),
      opened: (name, storage) => storages.set(name, storage),
    }),
  });
  try {
    journal = createJournal({
      storage: options.storage,
      databaseName: options.name,
      databaseToken: database.token,
      multiInstance: options.multiInstance,
    });
    const opened = await journal;
    await assertNotNewer(opened, datastores);
    const collections = await addCollections(database, options.datastores);
    if (options.datastores.some(({ version }) => version > 0)) {
      const { upgradeJournal } = await import('./upgrade-journal.ts');
      await upgradeJournal(opened, datastores);
    }
    const id = await identityOf(opened, storages, options.newId);
    const own = await openOwn(options, database);
    for (const [name, storage] of own) storages.set(name, storage);
    return {
      id,
      database,
      collections,
      storages,
      journal: opened,
      close: async () => {
        await Promise.all([...own.values()].map(({ instance }) => instance.close()));
        await database.close();
        await opened.close();
      },
    };
  } catch (error) {
    await database.close();
    await journal?.then((opened) => opened.close()).catch(() => undefined);
    throw error;
  }
}

async function openOwn(
  { storage, name, multiInstance }: ReplicaOptions,
  { token }: RxDatabase,
): Promise<ReadonlyMap<string, ReplicatedStorage>> {
  const place = { storage, databaseName: name, databaseToken: token, multiInstance };
  const own = new Map<string, ReplicatedStorage>();
  for (const datastore of SERVER_OWNED) own.set(datastore.name, await openOwnStorage(datastore, place));
  return own;
}

async function addCollections(database: RxDatabase, datastores: readonly Datastore[]) {
  const creators = Object.fromEntries(
    datastores.map((datastore) => [datastore.name, { ...collectionOf(datastore), autoMigrate: false }]),
  );
  // Only a datastore of a later version needs it, and a page loads it with every visit.
  const migration = datastores.some(({ version }) => version > 0) ? await import('./migrate.ts') : null;
  migration?.addMigration();
  const collections: Record<string, RxCollection<Document>> = await database.addCollections(creators);
  for (const datastore of datastores) {
    const collection = collections[datastore.name] as RxCollection<Document>;
    await migration?.migrate(collection);
    // The storage refuses invalid rows too; here the application gets an error that names every field.
    const check = (data: unknown) => {
      const problem = (data as StoredDocument)._deleted
        ? null
        : storageProblem(datastore, contentOf(data as StoredDocument));
      if (problem !== null) throw problem;
      if (isLastWord(collection)) markChecked(data as StoredDocument);
    };
    collection.preInsert(check, false);
    collection.preSave(check, false);
  }
  return collections;
}

/** False where the application has hooks of its own: they come later and may still change the document. */
function isLastWord(collection: RxCollection<Document>): boolean {
  const { series, parallel } = collection.getHooks('pre', 'insert') ?? { series: [], parallel: [] };
  return series.length === 1 && parallel.length === 0;
}

async function identityOf(
  journal: Journal,
  storages: ReadonlyMap<string, ReplicatedStorage>,
  newId: () => string,
): Promise<string> {
  const key = journalKey({ kind: 'identity', datastore: '', id: 'replica' });
  const known = (await journal.read<Identity>([key])).get(key);
  if (known?.state !== undefined) {
    // Only files are copied; a page would load it with every visit.
    const { continueCopy } = await import('./continue-copy.ts');
    return continueCopy(journal, storages, { identity: known, newId });
  }
  if (known !== undefined) return known.replica;
  const identity: Identity = { kind: 'identity', datastore: '', id: 'replica', replica: newId() };
  await journal.put([identity]);
  // Another tab may have opened the same new database in the same moment: what is stored counts.
  return (await journal.read<Identity>([key])).get(key)?.replica ?? identity.replica;
}
