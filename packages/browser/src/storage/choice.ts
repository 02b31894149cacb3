import { type Datastore, DatastoreError } from '@datastores/core';

/**
 * Where documents lie in a browser. `blocks`: packed, many to a record, with an index in memory: fast, and about 300 bytes
 * of memory per document, beside 32 to 128 MB of texts. `dexie`: RxDB's own storage, one record per document and nothing in
 * memory, for what does not fit there.
 */
export type BrowserStorage = 'blocks' | 'dexie';

/** One storage for all datastores, or those that are to have another than `blocks`, by name. */
export type StorageChoice<Name extends string = string> = BrowserStorage | { readonly [N in Name]?: BrowserStorage };

/** Throws OPTION_INVALID where the choice names what there is not. */
export function assertChoice(choice: StorageChoice, datastores: readonly Datastore[]): void {
  const given: readonly (readonly [string, unknown])[] =
    typeof choice === 'string' ? [['storage', choice]] : Object.entries(choice);
  for (const [name, storage] of given) {
    const isKnown = typeof choice === 'string' || datastores.some((datastore) => datastore.name === name);
    if (!isKnown) throw new DatastoreError('OPTION_INVALID', `"storage" names "${name}", which is no datastore here.`);
    if (storage === 'blocks' || storage === 'dexie') continue;
    throw new DatastoreError('OPTION_INVALID', `The storage of "${name}" is "${storage}", not "blocks" or "dexie".`);
  }
}

/** The storage of a collection. What belongs to no datastore, as the journal, lies where a single choice says, or in blocks. */
export function storageOf(choice: StorageChoice, collection: string): BrowserStorage {
  return (typeof choice === 'string' ? choice : choice[collection]) ?? 'blocks';
}

/** True where some documents lie in one storage and some in the other. */
export function isMixed(choice: StorageChoice): boolean {
  return typeof choice !== 'string' && Object.values(choice).includes('dexie');
}
