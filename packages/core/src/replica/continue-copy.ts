import { getHeightOfRevision } from 'rxdb';
import type { Journal } from './journal.ts';
import { type EditEntry, editKey, type Identity, journalKey } from './journal-entry.ts';
import type { ReplicatedStorage } from './journaled-storage.ts';
import { contentOf, type StoredDocument } from './stored.ts';

/** Entries changed in one go. */
const SLICE = 200;

/**
 * Makes a copied journal that of a replica of its own, and returns its id. The replica it was copied from may have gone on:
 * under one id both would number different edits alike, and the server would take one for a repeat of the other. What was
 * not pushed yet is frozen as it is, to be pushed under the old id. Can be broken off at any write and done again.
 */
export async function continueCopy(
  journal: Journal,
  storages: ReadonlyMap<string, ReplicatedStorage>,
  options: { readonly identity: Identity; readonly newId: () => string },
): Promise<string> {
  const { identity, newId } = options;
  const copied = identity.state === 'copied';
  const keys = [...journal.index.values()].filter(({ kind }) => kind === 'edit').map(journalKey);
  let thawing = false;
  for (let start = 0; start < keys.length; start += SLICE) {
    const slice = keys.slice(start, start + SLICE);
    const stored = await documentsOf([...(await journal.read<EditEntry>(slice)).values()], storages);
    const entries = await journal.update<EditEntry>(slice, (current, key) => {
      if (current === null || (current.origin === undefined && !copied)) return current;
      const replica = current.origin?.replica ?? identity.replica;
      if (current.origin?.frozen !== undefined) return current;
      return storages.has(current.datastore)
        ? frozen(current, replica, stored.get(key))
        : { ...current, origin: { replica } };
    });
    thawing ||= [...entries.values()].some((entry) => entry?.origin !== undefined && entry.origin.frozen === undefined);
  }
  const { state: _, ...rest } = identity;
  const replica = copied ? newId() : identity.replica;
  await journal.put([{ ...rest, replica, ...(thawing ? { state: 'thawing' as const } : {}) }]);
  return replica;
}

/** Without a document there is no edit, only an entry that the next push drops. */
function frozen({ origin: _, ...entry }: EditEntry, replica: string, stored: StoredDocument | undefined): EditEntry {
  if (stored === undefined) return entry;
  const document = stored._deleted ? null : contentOf(stored);
  return { ...entry, origin: { replica, frozen: { edit: getHeightOfRevision(stored._rev), document } } };
}

/** The stored documents of edits, deleted ones too, by the key of the edit. */
async function documentsOf(
  entries: readonly EditEntry[],
  storages: ReadonlyMap<string, ReplicatedStorage>,
): Promise<ReadonlyMap<string, StoredDocument>> {
  const found = new Map<string, StoredDocument>();
  for (const [name, { instance }] of storages) {
    const ids = entries.filter(({ datastore }) => datastore === name).map(({ id }) => id);
    const documents = ids.length === 0 ? [] : await instance.findDocumentsById(ids, true);
    for (const document of documents) found.set(editKey({ name }, document.id), document);
  }
  return found;
}
