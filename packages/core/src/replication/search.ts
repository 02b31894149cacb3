import { DatastoreError } from '../errors.ts';
import type { Replica } from '../replica/replica.ts';
import type { Datastore, DocumentOf } from '../schema/datastore.ts';
import type { Document } from '../schema/document.ts';
import type { SearchOptions } from '../search/options.ts';
import { createSearchQuery, type SearchQuery, type SearchTarget } from '../search/search-query.ts';

/**
 * Full-text search in the fields that a datastore declares with `search`: `search('product', 'red sho')` finds products
 * with the word "red" and a word that begins with "sho". Throws SEARCH_UNDECLARED, SEARCH_UNAVAILABLE where the platform
 * has no search, and OPTION_INVALID; no text that a user types is an error.
 */
export type Search<D extends readonly Datastore[]> = <const N extends D[number]['name']>(
  datastore: N,
  text: string,
  options?: SearchOptions,
) => SearchQuery<DocumentOf<Extract<D[number], { readonly name: N }>>>;

/** Search by name of the datastore. What cannot be searched is refused when it is asked for, not when it is opened. */
export function createSearch<const D extends readonly Datastore[]>(replica: Replica, datastores: D): Search<D> {
  const search = (name: string, text: string, options?: SearchOptions): SearchQuery<Document> =>
    createSearchQuery(targetOf(replica, datastores, name), text, options);
  return search as unknown as Search<D>;
}

function targetOf(replica: Replica, datastores: readonly Datastore[], name: string): SearchTarget {
  const datastore = datastores.find((declared) => declared.name === name);
  const collection = replica.collections[name];
  if (datastore === undefined || collection === undefined) {
    const names = datastores.map((declared) => declared.name).join(', ');
    throw new DatastoreError('OPTION_INVALID', `No datastore "${name}" is open.`, {
      remedy: `Name one of ${names}, or open it with the others.`,
    });
  }
  if (datastore.search.length === 0) {
    throw new DatastoreError('SEARCH_UNDECLARED', `The datastore "${name}" declares no fields to search.`);
  }
  const engine = replica.storages.get(name)?.search;
  if (engine === undefined) {
    const storage = replica.database.storage.name;
    throw new DatastoreError('SEARCH_UNAVAILABLE', `"${name}" lies on ${storage}, which has no full-text search.`);
  }
  return { datastore, collection, engine };
}
