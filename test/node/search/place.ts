import { type Datastore, defineDatastore } from '@datastores/core';
import { openDatastores } from '@datastores/node';
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

/** A folder that can be opened several times, with different declarations. What is open is closed with it. */
export function searchPlace() {
  const folder = temporaryFolder();
  const opened: { close(): Promise<void> }[] = [];
  return {
    folder: folder.path,
    async open<const D extends Datastore = typeof notes>(datastore?: D) {
      const stores = await openDatastores({
        folder: folder.path,
        datastores: [datastore ?? (notes as unknown as D)] as const,
        durability: 'normal',
        drainMs: false,
      });
      opened.push(stores);
      return stores;
    },
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
