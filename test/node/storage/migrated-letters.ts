import { getRxStorageSQLite } from '@datastores/node';
import {
  addRxPlugin,
  createRxDatabase,
  type MigrationStrategies,
  type RxCollection,
  type RxJsonSchema,
  type RxStorage,
} from 'rxdb';
import { RxDBAttachmentsPlugin } from 'rxdb/plugins/attachments';
import { RxDBMigrationSchemaPlugin } from 'rxdb/plugins/migration-schema';

addRxPlugin(RxDBAttachmentsPlugin);
addRxPlugin(RxDBMigrationSchemaPlugin);

/** A letter in either version; version 1 has cents in place of a price, and an index over them. */
export interface Letter {
  id: string;
  price?: number;
  cents?: number;
}

/** How many letters the old version has. Every seventh is dropped by the migration, every fifth has an attachment. */
export const LETTERS = 600;

const MONEY = { type: 'integer', minimum: 0, maximum: 10_000_000, multipleOf: 1 } as const;

function schemaOf(version: 0 | 1): RxJsonSchema<Letter> {
  const field = version === 0 ? 'price' : 'cents';
  return {
    version,
    primaryKey: 'id',
    type: 'object',
    properties: { id: { type: 'string', maxLength: 40 }, [field]: MONEY } as RxJsonSchema<Letter>['properties'],
    required: ['id', field],
    indexes: [field],
    attachments: {},
  };
}

/** Applied twice to one letter it would multiply twice. */
const STRATEGIES: MigrationStrategies = {
  1: async ({ price, ...letter }: Letter & { price: number }) =>
    price % 7 === 0 ? null : { ...letter, cents: price * 100 },
};

/** Opens the letters of a file in a version, migrating them where they are older. */
export async function openLetters(filename: string, version: 0 | 1) {
  const storage = getRxStorageSQLite({ filename, durability: 'normal' }) as RxStorage<unknown, unknown>;
  const database = await createRxDatabase<{ letters: RxCollection<Letter> }>({
    name: 'letters',
    storage,
    multiInstance: false,
  });
  const migrationStrategies = version === 0 ? {} : STRATEGIES;
  const { letters } = await database.addCollections({
    letters: { schema: schemaOf(version), migrationStrategies, autoMigrate: false },
  });
  if (version === 1 && (await letters.migrationNeeded())) await letters.migratePromise(20);
  return { letters, [Symbol.asyncDispose]: async () => void (await database.close()) };
}
