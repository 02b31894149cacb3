import { type Datastore, type Datastores, defineDatastore } from '@datastores/core';
import { temporaryFolder } from '../../support/folder.ts';

const text = { type: 'string' } as const;
const texts = { type: 'array', items: text } as const;

/** Notes with what search can look through: a text, one that may be missing, and a list. */
export function notesSearchedIn<const S extends readonly ('title' | 'body' | 'tags')[]>(search: S) {
  return defineDatastore({
    name: 'note',
    schema: {
      type: 'object',
      properties: { title: text, body: { anyOf: [text, { type: 'null' }] }, tags: texts, stock: { type: 'integer' } },
      required: ['title'],
    } as const,
    search,
  });
}

/** Searched in all their texts, the title first. */
export const notes = notesSearchedIn(['title', 'tags', 'body']);

/** What the suite must know of a replica that can be searched. */
export interface ReplicaUnderTest {
  /** So many documents, 600 at least, take longer to be indexed than a search. */
  readonly documents: number;
  /** Opens a local replica; the same folder is the same replica. */
  open<const D extends readonly Datastore[]>(folder: string, datastores: D): Promise<Datastores<D>>;
}

/** A folder that can be opened several times, with different declarations. What is open is closed with it. */
export interface SearchPlace extends AsyncDisposable {
  readonly documents: number;
  open<const D extends Datastore = typeof notes>(datastore?: D): Promise<Datastores<readonly [D]>>;
  openAll<const D extends readonly Datastore[]>(datastores: D): Promise<Datastores<D>>;
}

/** An empty place. */
export function searchPlace(underTest: ReplicaUnderTest): SearchPlace {
  const folder = temporaryFolder();
  const opened: { close(): Promise<void> }[] = [];
  async function openAll<const D extends readonly Datastore[]>(datastores: D): Promise<Datastores<D>> {
    const stores = await underTest.open(folder.path, datastores);
    opened.push(stores);
    return stores;
  }
  return {
    documents: underTest.documents,
    openAll,
    open: <const D extends Datastore = typeof notes>(datastore?: D) =>
      openAll([datastore ?? (notes as unknown as D)] as const),
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((stores) => stores.close()));
      folder[Symbol.dispose]();
    },
  };
}

/** What a search of notes finds: ids in their order. */
export async function idsOf(
  stores: { search: (name: 'note', text: string, options?: { limit?: number; offset?: number }) => SearchOfNotes },
  query: string,
  options: { readonly limit?: number; readonly offset?: number } = {},
): Promise<string[]> {
  const { hits } = await stores.search('note', query, options).exec();
  return hits.map(({ document }) => document.primary);
}

interface SearchOfNotes {
  exec(): Promise<{ readonly hits: readonly { readonly document: { readonly primary: string } }[] }>;
}

/** Resolves when the index of the notes holds everything. */
export async function completion(stores: {
  search(name: 'note', text: string): { exec(): Promise<{ complete: boolean }> };
}): Promise<void> {
  const start = Date.now();
  while (!(await stores.search('note', 'common').exec()).complete) {
    if (Date.now() - start > 20_000) throw new Error('The index was not completed.');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
