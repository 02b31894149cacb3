import { DatastoreError } from '@datastores/core';

/** The error of a call that comes after the end of a store. */
export function storeClosed(): DatastoreError {
  return new DatastoreError('STORE_CLOSED', 'The store was closed.');
}
