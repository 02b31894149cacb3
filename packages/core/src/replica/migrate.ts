import { addRxPlugin, type RxCollection } from 'rxdb';
import { RxDBMigrationSchemaPlugin, type RxMigrationStatus } from 'rxdb/plugins/migration-schema';
import { DatastoreError } from '../errors.ts';
import type { Document } from '../schema/document.ts';

/** Adds what migrates documents to RxDB. */
export function addMigration(): void {
  addRxPlugin(RxDBMigrationSchemaPlugin);
}

/** Documents migrated in one go; RxDB itself takes 10, which makes thousands of small transactions. */
const BATCH = 200;

/**
 * Migrates the documents of a collection that was made with `autoMigrate: false`. One that failed before is tried again:
 * RxDB's own promise reports a stored failure at every later start before it tries, so that a disk that was full once is
 * a replica lost for good. Throws STORAGE_UNAVAILABLE with the reason; what was migrated stays so, the rest as it was.
 */
export async function migrate(collection: RxCollection<Document>): Promise<void> {
  if (collection.schema.version === 0) return;
  const state = collection.getMigrationState();
  if (!(await state.mustMigrate)) return;
  await state.startMigration(BATCH);
  const [stored] = await collection.database.internalStore.findDocumentsById([state.statusDocId], false);
  const result = stored?.data as RxMigrationStatus | undefined;
  if (result?.status === 'DONE') return;
  const { name, schema } = collection;
  const reason = result?.error?.message.trim() ?? 'it was broken off';
  throw new DatastoreError(
    'STORAGE_UNAVAILABLE',
    `"${name}" is not migrated to version ${schema.version} (${reason}).`,
    {
      cause: result?.error,
      remedy: 'Correct the storage, or the version step of the declaration, and open again; nothing is lost.',
    },
  );
}
