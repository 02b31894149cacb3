/** What is stored beside the index itself. */
export interface Manifest {
  /** Names the parts that belong together. */
  readonly generation: string;
  /** Fields and rules of splitting; an index of others is of no use. */
  readonly signature: string;
  /** Up to which change of the storage the index holds; as the storage itself tells it. */
  readonly checkpoint: unknown;
  /** Milliseconds since 1970. */
  readonly savedAt: number;
  readonly terms: number;
  readonly slots: number;
  /** Number of parts of each kind. */
  readonly parts: Readonly<Record<PartKind, number>>;
}

/** Parts of a stored index. */
export type PartKind = 'terms' | 'order' | 'states' | 'pages' | 'ids' | 'numbers';

/** A stored index in an IndexedDB database of its own. A database is opened for each call only: none is ever in the way of its removal. */
export interface IndexStore {
  readonly name: string;
  manifest(): Promise<Manifest | null>;
  /** The parts of these numbers that are there, in order. */
  parts(generation: string, kind: PartKind, numbers: PartNumbers): Promise<readonly unknown[]>;
  /** Stores parts of an index that is not valid yet. */
  put(generation: string, parts: readonly Part[]): Promise<void>;
  /** Makes an index the valid one and removes what belongs to others. False if parts of it are missing. */
  commit(manifest: Manifest): Promise<boolean>;
  /** Removes everything. */
  remove(): Promise<void>;
}

/** Numbers from `from` to below `to`. */
export interface PartNumbers {
  readonly from: number;
  readonly to: number;
}

/** A part to be stored. */
export interface Part {
  readonly kind: PartKind;
  readonly number: number;
  readonly value: unknown;
}

const STORE = 'parts';
const MANIFEST = 'manifest';

/** The store of the search index of one datastore in one local database. */
export function createIndexStore(databaseName: string, collection: string): IndexStore {
  const name = indexDatabase(databaseName, collection);
  return {
    name,
    manifest: () => use(name, 'readonly', (store) => request<Manifest>(store.get(MANIFEST))),
    parts: (generation, kind, { from, to }) =>
      use(name, 'readonly', async (store) => {
        const range = IDBKeyRange.bound([generation, kind, from], [generation, kind, to], false, true);
        return (await request<unknown[]>(store.getAll(range))) ?? [];
      }),
    put: (generation, parts) =>
      use(name, 'readwrite', async (store) => {
        for (const { kind, number, value } of parts) store.put(value, [generation, kind, number]);
      }),
    commit: (manifest) =>
      use(name, 'readwrite', async (store) => {
        const wanted = Object.values(manifest.parts).reduce((sum, number) => sum + number, 0);
        // An array as the end sorts behind all texts and numbers in its place.
        const own = IDBKeyRange.bound([manifest.generation], [manifest.generation, []]);
        if ((await request<number>(store.count(own))) !== wanted) return false;
        store.delete(IDBKeyRange.upperBound([manifest.generation], true));
        store.delete(IDBKeyRange.lowerBound([manifest.generation, []], true));
        store.put(manifest, MANIFEST);
        return true;
      }),
    remove: () =>
      new Promise((resolve, reject) => {
        const removal = indexedDB.deleteDatabase(name);
        removal.onsuccess = () => resolve();
        removal.onerror = () => reject(removal.error);
      }),
  };
}

/** Name of the IndexedDB database that holds the search index of a datastore. */
export function indexDatabase(databaseName: string, collection: string): string {
  return `datastores-search--${databaseName}--${collection}`;
}

async function use<T>(name: string, mode: IDBTransactionMode, work: (store: IDBObjectStore) => Promise<T>): Promise<T> {
  const database = await open(name);
  try {
    // An index that is lost is built again: there is nothing to wait for the disk for.
    const transaction = database.transaction(STORE, mode, { durability: 'relaxed' });
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error('The transaction was aborted.'));
    });
    const [result] = await Promise.all([work(transaction.objectStore(STORE)), done]);
    return result;
  } finally {
    database.close();
  }
}

function open(name: string): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
    opening.onsuccess = () => {
      const database = opening.result;
      database.onversionchange = () => database.close();
      resolve(database);
    };
    opening.onerror = () => reject(opening.error);
  });
}

/** The result of a request, null where there is none. */
function request<T>(asked: IDBRequest): Promise<T extends number ? number : T | null> {
  return new Promise((resolve, reject) => {
    asked.onsuccess = () => resolve(asked.result ?? null);
    asked.onerror = () => reject(asked.error);
  });
}
