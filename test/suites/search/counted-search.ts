import type { SearchEngine } from '@datastores/core/search';
import type { RxCollection } from 'rxdb';

/** Counts how often the index of a collection is asked from now on. */
export function countSearches(collection: unknown): () => number {
  const instance = (collection as RxCollection).internalStorageInstance as unknown as { readonly search: SearchEngine };
  let asked = 0;
  const find = instance.search.find;
  Object.assign(instance.search, {
    find: (query: Parameters<SearchEngine['find']>[0]) => {
      asked += 1;
      return find(query);
    },
  });
  return () => asked;
}
