import type { MigrationStrategies, RxJsonSchema } from 'rxdb';
import type { Datastore } from '../schema/datastore.ts';
import type { Document, JsonDocument } from '../schema/document.ts';

/** The RxDB side of a datastore: its schema and its migration strategies. The only file that translates between the two. */
export function collectionOf(datastore: Datastore): {
  readonly schema: RxJsonSchema<Document>;
  readonly migrationStrategies: MigrationStrategies;
} {
  const { properties, required } = datastore.schema;
  const schema = {
    title: datastore.name,
    version: datastore.version,
    primaryKey: 'id',
    type: 'object',
    properties,
    required,
    indexes: datastore.indexes,
  } as unknown as RxJsonSchema<Document>;
  const migrationStrategies: MigrationStrategies = {};
  for (const [version, step] of Object.entries(datastore.versions)) {
    migrationStrategies[Number(version)] = (document: JsonDocument) => step.up(document);
  }
  return { schema, migrationStrategies };
}
