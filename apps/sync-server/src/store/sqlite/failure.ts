import { DatastoreError, isDatastoreError } from '@datastores/core';

/**
 * What a caller is told of a failure of SQLite: STORE_UNAVAILABLE with the reason in words. Other errors pass as they are.
 * No path is named, because the message of an error may reach a replica.
 */
export function storeFailure(error: unknown): unknown {
  if (isDatastoreError(error)) return error;
  const code = sqliteCode(error);
  if (code === null) return error;
  return new DatastoreError('STORE_UNAVAILABLE', reasonOf(code), { cause: error });
}

/** True if the failure is of the database and not of one statement: the whole transaction is void. */
export function isFatal(error: unknown): boolean {
  const code = sqliteCode(error);
  return code !== null && FATAL.some((prefix) => code.startsWith(prefix));
}

/** The code of an error of SQLite, e.g. `SQLITE_FULL`; null for any other error. */
export function sqliteCode(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return null;
  return error.code.startsWith('SQLITE_') ? error.code : null;
}

const REASONS: Readonly<Record<string, string>> = {
  SQLITE_BUSY: 'Another process keeps the database locked.',
  SQLITE_LOCKED: 'Another process keeps the database locked.',
  SQLITE_READONLY: 'The file or its folder is read-only.',
  SQLITE_PERM: 'The file may not be opened by this user.',
  SQLITE_CANTOPEN: 'The file cannot be opened or created.',
  SQLITE_NOTADB: 'The file is not an SQLite database.',
  SQLITE_CORRUPT: 'The file is damaged; restore a backup.',
  SQLITE_FULL: 'The disk is full.',
  SQLITE_IOERR: 'Reading or writing the file failed (disk full, quota or hardware).',
  SQLITE_NOMEM: 'There is not enough memory.',
};

const FATAL: readonly string[] = Object.keys(REASONS);

function reasonOf(code: string): string {
  const known = Object.keys(REASONS).find((prefix) => code.startsWith(prefix));
  const reason = known === undefined ? undefined : REASONS[known];
  return `${reason ?? 'The database refused the statement.'} (${code})`;
}
