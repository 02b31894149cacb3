import type { RxStorageInstance } from 'rxdb';
import type { Item, StoredItem } from '../../suites/storage/item.ts';
import { prepared } from '../../suites/storage/prepared.ts';

/** What the block storage shows of its inside. */
export interface Internals {
  readonly documents: () => number;
  readonly pack: () => Promise<void>;
  readonly database: IDBDatabase;
}

/** An instance of the block storage over items. */
export type BlocksItems = RxStorageInstance<Item, Internals, unknown, { readonly seq: number }>;

/** All documents by id, deleted ones too, told in several ways that have to agree. Throws where one is told twice. */
export async function everythingIn(items: BlocksItems): Promise<Map<string, StoredItem>> {
  const asked = [{ sort: [{ id: 'asc' as const }] }, { sort: [{ age: 'asc' as const }, { id: 'asc' as const }] }];
  const lists = await Promise.all(asked.map((query) => items.query(prepared(items, query))));
  const changed = await items.getChangedDocumentsSince?.(100_000, undefined);
  const [first, ...others] = [...lists, changed ?? { documents: [] }].map(({ documents }) => {
    const byId = new Map(documents.map((document) => [document.id, document]));
    if (byId.size !== documents.length) throw new Error('A document was told twice.');
    return byId;
  });
  const found = first as Map<string, StoredItem>;
  for (const other of others) {
    const isSame = other.size === found.size && [...other].every(([id, { _rev }]) => found.get(id)?._rev === _rev);
    if (!isSame) throw new Error(`Two ways to ask tell ${found.size} and ${other.size} documents.`);
  }
  return found;
}
