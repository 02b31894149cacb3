import type { RxCollection } from 'rxdb';
import { DatastoreError } from '../errors.ts';
import type { Document } from '../schema/document.ts';

/** Documents migrated in one go; RxDB itself takes 10, which makes thousands of small transactions. */
const BATCH = 200;

/**
 * Migrates the documents of a collection that was made with `autoMigrate: false`. One that failed before is tried again:
 * RxDB keeps the failure and would report it at every start, so that a full disk once is a replica lost for good. Throws
 * STORAGE_UNAVAILABLE with the reason; what was migrated stays so, the rest stays as it is.
 */
export async function migrate(collection: RxCollection<Document>): Promise<void> {
  if (collection.schema.version === 0) return;
  const state = collection.getMigrationState();
  if (!(await state.mustMigrate)) return;
  await state.updateStatus((status) => {
    if (status.status !== 'ERROR') return status;
    const { error: _, ...rest } = status;
    return { ...rest, status: 'RUNNING', count: { total: 0, handled: 0, percent: 0 } };
  });
  try {
    await collection.migratePromise(BATCH);
  } catch (cause) {
    const { name, schema } = collection;
    const message = `"${name}" could not be migrated to schema version ${schema.version} (${reasonOf(cause)}).`;
    throw new DatastoreError('STORAGE_UNAVAILABLE', message, {
      cause,
      remedy: 'Correct the storage, or the version step of the declaration, and open again; nothing is lost.',
    });
  }
}

/** What failed underneath: RxDB wraps it as plain data. */
function reasonOf(error: unknown): string {
  const inner = (error as { readonly parameters?: { readonly error?: { readonly message?: unknown } } }).parameters
    ?.error;
  if (typeof inner?.message === 'string') return inner.message.trim();
  return error instanceof Error ? error.message : String(error);
}
