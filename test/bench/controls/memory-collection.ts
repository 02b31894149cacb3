import type { JsonDocument } from '@datastores/core/schema';
import { createRxDatabase, type RxCollection, type RxJsonSchema } from 'rxdb';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { type Kind, SEED } from '../documents/kinds.ts';

/** Documents in one bulk insert. */
const FILL_BATCH = 1_000;

/**
 * RxDB alone on its own memory storage, with the same schema and indexes as the replica, holding so many documents: what
 * RxDB costs where no storage costs anything.
 */
export async function openMemoryCollection(
  { datastore, make }: Kind,
  docs: number,
): Promise<RxCollection<JsonDocument>> {
  const database = await createRxDatabase({ name: 'memory', storage: getRxStorageMemory(), multiInstance: false });
  const { properties, required } = datastore.schema;
  const schema = { version: 0, primaryKey: 'id', type: 'object', properties, required, indexes: datastore.indexes };
  const collections = await database.addCollections({
    memory: { schema: schema as unknown as RxJsonSchema<JsonDocument> },
  });
  for (let start = 0; start < docs; start += FILL_BATCH) {
    const batch = Array.from({ length: Math.min(FILL_BATCH, docs - start) }, (_, at) => make(SEED, start + at));
    const { error } = await collections.memory.bulkInsert(batch);
    if (error.length > 0) throw new Error(`RxDB refused ${error.length} documents (${error[0]?.status}).`);
  }
  return collections.memory;
}
