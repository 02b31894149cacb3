import type { Derivation } from './wrapping-key.ts';

/** What is stored of the keys of a database: nothing that opens it without the secret. */
export interface KeyringRecord {
  /** Grows with every change. */
  readonly revision: number;
  readonly derivation: Derivation;
  readonly nonce: Uint8Array<ArrayBuffer>;
  /** The data key, wrapped. */
  readonly wrapped: Uint8Array<ArrayBuffer>;
  /** Sealed fields by collection and version; `*` for whole documents. */
  readonly sealed: Readonly<Record<string, readonly string[]>>;
}

const STORE = 'keyring';
const KEY = 'record';

/** Name of the IndexedDB database that holds the wrapped key of a local database. */
export function keyringDatabase(name: string): string {
  return `datastores-keys--${name}`;
}

/** The record of a database; null if nothing is encrypted. Creates nothing. */
export async function readKeyring(name: string): Promise<KeyringRecord | null> {
  const database = await open(name, false);
  if (database === null) return null;
  try {
    return await new Promise((resolve, reject) => {
      const asked = database.transaction(STORE).objectStore(STORE).get(KEY);
      asked.onsuccess = () => resolve((asked.result as KeyringRecord | undefined) ?? null);
      asked.onerror = () => reject(asked.error);
    });
  } finally {
    database.close();
  }
}

/** Stores a record in place of that with the revision `expected` (null: of none), and returns what is stored then. */
export async function writeKeyring(
  name: string,
  record: KeyringRecord,
  expected: number | null,
): Promise<KeyringRecord> {
  const database = (await open(name, true)) as IDBDatabase;
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, 'readwrite', { durability: 'strict' });
      const store = transaction.objectStore(STORE);
      const asked = store.get(KEY);
      let stored = record;
      asked.onsuccess = () => {
        const current = asked.result as KeyringRecord | undefined;
        if ((current?.revision ?? null) === expected) store.put(record, KEY);
        else stored = current ?? record;
      };
      transaction.oncomplete = () => resolve(stored);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/** Opens the database; null if it is not there and is not to be made. */
function open(name: string, create: boolean): Promise<IDBDatabase | null> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(keyringDatabase(name), 1);
    let missing = false;
    opening.onupgradeneeded = () => {
      if (create) opening.result.createObjectStore(STORE);
      else {
        missing = true;
        opening.transaction?.abort();
      }
    };
    opening.onsuccess = () => {
      const database = opening.result;
      database.onversionchange = () => database.close();
      resolve(database);
    };
    opening.onerror = (event) => {
      // An aborted creation is reported as an error, which would else reach the window.
      event.preventDefault();
      if (missing) resolve(null);
      else reject(opening.error);
    };
  });
}
