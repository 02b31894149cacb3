import { DatastoreError, isDatastoreError } from '@datastores/core';

const REASONS: Readonly<Record<string, { readonly reason: string; readonly remedy: string }>> = {
  QuotaExceededError: {
    reason: 'the browser gives this site no more space',
    remedy: 'Free disk space, or keep less on this device. Nothing that was saved is lost; repeat the write.',
  },
  InvalidStateError: {
    reason: 'the browser has closed or deleted the database',
    remedy: 'Load the page again.',
  },
  VersionError: {
    reason: 'it was written by a newer version of the application',
    remedy: 'Load the page again to get the newer version.',
  },
  SecurityError: {
    reason: 'the browser does not let this page store anything',
    remedy: 'Allow the site to store data, and leave private browsing.',
  },
};

/** What IndexedDB throws, as an error that says what to do. Errors of ours and of RxDB stay as they are. */
export function readableError(error: unknown, databaseName: string): unknown {
  if (isDatastoreError(error) || !(error instanceof DOMException)) return error;
  const { reason, remedy } = REASONS[error.name] ?? { reason: error.message, remedy: 'Load the page again.' };
  return new DatastoreError('STORAGE_UNAVAILABLE', `The database ${databaseName} cannot be used: ${reason}.`, {
    cause: error,
    remedy,
  });
}
