import type { BulkWriteRow, RxStorageBulkWriteResponse } from 'rxdb';
import { DatastoreError } from '../errors.ts';
import { REPLICATION_CONTEXT, type StorageInstance } from '../replica/stored.ts';
import type { Document } from '../schema/document.ts';

/**
 * Stores rows below the journal. Returns the ids of those that another tab was faster with, which are to be looked at
 * again. Throws STORAGE_UNAVAILABLE if the storage refuses one for any other reason.
 */
export async function writeRows(
  instance: StorageInstance,
  rows: readonly BulkWriteRow<Document>[],
): Promise<ReadonlySet<string>> {
  if (rows.length === 0) return new Set();
  return lostOf(await instance.bulkWrite([...rows], REPLICATION_CONTEXT));
}

/** The ids of rows that another tab was faster with. Throws STORAGE_UNAVAILABLE if a row was refused for another reason. */
export function lostOf({ error }: RxStorageBulkWriteResponse<Document>): ReadonlySet<string> {
  const fatal = error.find((failure) => failure.status !== 409);
  if (fatal !== undefined) {
    throw new DatastoreError('STORAGE_UNAVAILABLE', `The storage refused a document (status ${fatal.status}).`);
  }
  return new Set(error.map((failure) => failure.documentId));
}
