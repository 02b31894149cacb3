import { DatastoreError } from '@datastores/core';
import { metDamage } from './met-damage.ts';

/**
 * Turns what better-sqlite3 throws into a `DatastoreError` that names the file and the remedy.
 * An error that is none of SQLite's is returned as it is.
 */
export function readableError(error: unknown, filename: string): unknown {
  if (!(error instanceof Error) || error instanceof DatastoreError) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (isBindingError(error, code)) {
    return new DatastoreError('SQLITE_MISSING', 'better-sqlite3 cannot be loaded.', { cause: error });
  }
  if (error instanceof SyntaxError && error.message.includes('JSON')) {
    return damaged(error, filename, 'a stored document is damaged');
  }
  if (!code.startsWith('SQLITE_')) return error;
  if (error.message.startsWith('no such table: docs_')) {
    return new DatastoreError('REPLICA_CLOSED', `${filename}: the collection was removed meanwhile.`, { cause: error });
  }
  const known = KNOWN.find(({ codes }) => codes.some((prefix) => code.startsWith(prefix)));
  if (known?.unreadable) return damaged(error, filename, known.says);
  const says = known?.says ?? 'SQLite failed';
  const remedy = known?.remedy === undefined ? {} : { remedy: known.remedy };
  return new DatastoreError('STORAGE_UNAVAILABLE', `${filename}: ${says} (${code}: ${error.message}).`, {
    cause: error,
    ...remedy,
  });
}

function damaged(cause: Error, filename: string, says: string): DatastoreError {
  metDamage(filename, cause.message);
  return new DatastoreError('STORAGE_UNREADABLE', `${filename}: ${says} (${cause.message}).`, { cause });
}

interface KnownError {
  readonly codes: readonly string[];
  readonly says: string;
  readonly remedy?: string;
  readonly unreadable?: true;
}

const KNOWN: readonly KnownError[] = [
  {
    codes: ['SQLITE_FULL'],
    says: 'the disk is full, nothing of this write was stored',
    remedy: 'Free disk space and write again.',
  },
  {
    codes: ['SQLITE_READONLY', 'SQLITE_PERM', 'SQLITE_AUTH'],
    says: 'the database is read-only, nothing of this write was stored',
    remedy: 'Make the file and its folder writable for this user.',
  },
  {
    codes: ['SQLITE_CANTOPEN'],
    says: 'the database cannot be opened',
    remedy: 'Check that the path is a file (not a folder) in a folder that this user may write.',
  },
  {
    codes: ['SQLITE_BUSY', 'SQLITE_LOCKED'],
    says: 'another process held the database longer than busyTimeoutMs',
    remedy: 'Try again, or raise busyTimeoutMs.',
  },
  { codes: ['SQLITE_NOTADB'], says: 'the file is not an SQLite database', unreadable: true },
  { codes: ['SQLITE_CORRUPT'], says: 'the database is damaged', unreadable: true },
  {
    codes: ['SQLITE_IOERR'],
    says: 'the disk reported an error, nothing of this write was stored',
    remedy: 'Check the disk and its free space, then write again.',
  },
];

/** No build is found (version 12 says so by text, 13 by code), or Node refuses a build made for another version of it. */
function isBindingError(error: Error, code: string): boolean {
  const missing = code === 'MODULE_NOT_FOUND' || error.message.startsWith('Could not locate the bindings file');
  return missing || code === 'ERR_DLOPEN_FAILED';
}
