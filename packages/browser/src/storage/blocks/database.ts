import type { CollectionRecord, Head, LogRecord } from './records.ts';

/** The IndexedDB of a page, or one that is put in its place. */
export interface IndexedDb {
  readonly indexedDB: IDBFactory;
  readonly IDBKeyRange: typeof IDBKeyRange;
}

/** The object stores, each with what lies in it. */
export interface Stores {
  /** `id`: of this database, random. `collections`: the last number given. `packed`: the last log record that may go. */
  meta: string | number;
  /** By name and schema version of the collection. */
  collections: CollectionRecord;
  /** By the sequence number of the last document of the commit. */
  log: LogRecord;
  /** Log records of collections that were not open where the log was cut, by number of the collection and key in the log. */
  left: LogRecord;
  /** What is known of the documents of a block without reading it, by {@link blockKey}. */
  heads: Head;
  /** The JSON texts of some documents of a block, by {@link blockKey} of the number of the part. */
  blocks: readonly string[];
  /** By number of the collection, document and name. */
  attachments: StoredAttachment;
}

/** An attachment as it is stored. */
export interface StoredAttachment {
  readonly digest: string;
  readonly type: string;
  readonly bytes: ArrayBuffer;
}

/** A transaction, with its stores by name. */
export interface Transaction {
  readonly store: (name: keyof Stores) => IDBObjectStore;
  /** Resolves when all is committed, rejects if nothing is. */
  readonly commit: () => Promise<void>;
  readonly abort: () => void;
}

const NAMES: readonly (keyof Stores)[] = ['meta', 'collections', 'log', 'left', 'heads', 'blocks', 'attachments'];

/** The name of the database in IndexedDB that holds an RxDB database of this name. */
export function blocksDatabaseName(databaseName: string): string {
  return `datastores-blocks/${databaseName}`;
}

/** Opens a database, and makes it where there is none. */
export function openDatabase({ indexedDB }: IndexedDb, name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    for (const store of NAMES) request.result.createObjectStore(store);
    request.transaction?.objectStore('meta').put(globalThis.crypto.randomUUID(), 'id');
    // The log is never empty: who finds the record that it has seen last knows that none behind it is missing.
    request.transaction?.objectStore('log').put({ kind: 'begun' } satisfies LogRecord, 1);
  };
  return answer(request);
}

/** Begins a transaction. What is written is on disk when it is committed: strict durability. */
export function begin(database: IDBDatabase, mode: 'readonly' | 'readwrite'): Transaction {
  const transaction = database.transaction(NAMES as string[], mode, { durability: 'strict' });
  const ended = new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('The transaction was aborted.'));
  });
  // Who aborts it has an error of its own.
  ended.catch(() => undefined);
  return {
    store: (name) => transaction.objectStore(name),
    commit: () => {
      transaction.commit?.();
      return ended;
    },
    abort: () => {
      try {
        transaction.abort();
      } catch {
        // It has ended already.
      }
    },
  };
}

/** What a request answers. Awaiting it keeps its transaction alive; awaiting anything else ends it. */
export function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Blocks and their parts have numbers of the sequence, so none is ever used twice; each collection has a range of keys. */
const BLOCKS_PER_COLLECTION = 2 ** 36;

/** The key of a block and of its head. */
export function blockKey(collection: number, block: number): number {
  return collection * BLOCKS_PER_COLLECTION + block;
}

/** All blocks of a collection. */
export function blockRange({ IDBKeyRange }: IndexedDb, collection: number): IDBKeyRange {
  return IDBKeyRange.bound(blockKey(collection, 0), blockKey(collection + 1, 0), false, true);
}

/** All keys that begin with these parts. */
export function rangeOf({ IDBKeyRange }: IndexedDb, ...parts: readonly (string | number)[]): IDBKeyRange {
  return IDBKeyRange.bound([...parts], [...parts, []]);
}
