import { type MangoQuery, normalizeMangoQuery, type PreparedQuery, prepareQuery } from 'rxdb';
import type { Item, StoredItem } from './item.ts';
import type { Instance } from './place.ts';

/** A query as RxDB hands it to a storage. */
export function prepared(instance: Pick<Instance, 'schema'>, query: MangoQuery<StoredItem>): PreparedQuery<Item> {
  const { schema } = instance;
  return prepareQuery<Item>(schema, normalizeMangoQuery<Item>(schema, query as MangoQuery<Item>));
}
