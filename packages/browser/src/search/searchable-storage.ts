import type { SearchEngine } from '@datastores/core/search';
import type { RxStorage, RxStorageInstance, RxStorageInstanceCreationParams } from 'rxdb';
import type { AnyInstance } from './current-index.ts';
import { openSearch } from './engine.ts';
import { createIndexStore } from './index-store.ts';

/** What is searched, and what is not to be stored of it. */
export interface SearchableOptions {
  /** True if the texts of these fields must not lie on disk: the index is then in memory only, and built at every start. */
  readonly inMemory?: (collection: string, fields: readonly string[]) => boolean;
}

/**
 * An RxStorage with full-text search: an instance that is created with the option `search`, a list of fields, offers a
 * search engine as `search`. Works over any RxStorage in a browser. Everything else passes through.
 */
export function searchableStorage<I, O>(storage: RxStorage<I, O>, options: SearchableOptions = {}): RxStorage<I, O> {
  return {
    name: storage.name,
    rxdbVersion: storage.rxdbVersion,
    async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, O>) {
      const instance = await storage.createStorageInstance<T>(params);
      const fields = fieldsOf(params.options);
      if (fields.length > 0) addSearch(instance, fields, options);
      return instance;
    },
  };
}

function fieldsOf(options: unknown): readonly string[] {
  const fields: unknown = options === null || typeof options !== 'object' ? [] : Reflect.get(options, 'search');
  return Array.isArray(fields) ? fields : [];
}

function addSearch<T, I, O>(
  instance: RxStorageInstance<T, I, O>,
  fields: readonly string[],
  { inMemory }: SearchableOptions,
): void {
  const place = createIndexStore(instance.databaseName, instance.collectionName);
  const isKept = inMemory?.(instance.collectionName, fields) !== true;
  // What an earlier declaration stored must not stay where it is not allowed any more.
  if (!isKept) place.remove().catch(() => undefined);
  const search = openSearch({ instance: instance as unknown as AnyInstance, fields, store: isKept ? place : null });
  const close = instance.close.bind(instance);
  const remove = instance.remove.bind(instance);
  const added: { search: SearchEngine; close: () => Promise<void>; remove: () => Promise<void> } = {
    search: search.engine,
    close: async () => {
      search.close();
      await close();
    },
    remove: async () => {
      search.close();
      await remove();
      await place.remove();
    },
  };
  Object.assign(instance, added);
}
