import type { Datastore } from '@datastores/core';
import { Dexie } from 'dexie';
import { RANGE_ROWS } from '../documents/queries.ts';

/**
 * The control: Dexie with nothing around it. One record per document, the indexes of the datastore, `bulkPut` of 1,000
 * documents in a transaction, strict durability as in a replica.
 */
export async function openPlain({ indexes, name }: Pick<Datastore, 'indexes' | 'name'>) {
  const database = new Dexie('bench-plain', { chromeTransactionDurability: 'strict' });
  const stored = indexes.map((index) => {
    const paths = [index].flat();
    return paths.length === 1 ? paths[0] : `[${paths.join('+')}]`;
  });
  database.version(1).stores({ [name]: ['id', ...stored].join() });
  await database.open();
  const table = database.table(name);
  return {
    pull: (documents: readonly unknown[]) => table.bulkPut([...documents]),
    insert: (document: unknown) => table.add(document),
    range: (from: string) => table.where('name').aboveOrEqual(from).limit(RANGE_ROWS).toArray(),
    byId: (id: string) => table.get(id),
    close: async () => database.close(),
  };
}
