import { DatastoreError, isDatastoreError } from '@datastores/core';

/**
 * What a caller is told of a failure of PostgreSQL: STORE_UNAVAILABLE with the reason in words. Other errors pass as they
 * are. No address is named, because the message of an error may reach a replica.
 */
export function storeFailure(error: unknown): unknown {
  if (isDatastoreError(error)) return error;
  const code = failureCode(error);
  if (code === null) return error;
  return new DatastoreError('STORE_UNAVAILABLE', reasonOf(code), { cause: error });
}

/** True if the transaction met another one and would go through if it were repeated. */
export function isCollision(error: unknown): boolean {
  const code = failureCode(error);
  return code === '40P01' || code === '40001';
}

/** True if it is a single row that the database does not take, and not the database that cannot be used. */
export function isOfOneRow(error: unknown): boolean {
  const code = failureCode(error);
  return code !== null && /^(?:22|23|54)/.test(code);
}

/** What the one who wrote a row is told that the database does not take. */
export function rowFailure(error: unknown): unknown {
  if (!(error instanceof Error) || Reflect.get(error, 'constraint') !== 'link_key') return storeFailure(error);
  return new DatastoreError('LINK_TAKEN', 'A record cannot be linked, because another server has just linked it.', {
    cause: error,
  });
}

/** The SQLSTATE of a failure, the code of a broken connection, or null for an error that came from elsewhere. */
export function failureCode(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string' && (/^[0-9A-Z]{5}$/.test(code) || code.startsWith('E'))) return code;
  return CONNECTION_LOST.test(error.message) ? 'CONNECTION' : null;
}

/** The driver says so in words only. */
const CONNECTION_LOST =
  /Connection terminated|connection timeout|connection error|not queryable|timeout exceeded when trying to connect|Connection ended/i;

const REASONS: readonly (readonly [code: RegExp, reason: string])[] = [
  [/^57P0[123]/, 'The database server stops or starts.'],
  [/^25P03/, 'The database ended a transaction that had stood still.'],
  [/^55P03/, 'Another process keeps the rows locked.'],
  [/^57014/, 'The database took too long.'],
  [/^53100/, 'The disk of the database server is full.'],
  [/^53300/, 'The database server has no connection left.'],
  [/^53/, 'The database server has no memory or disk left.'],
  [/^25006/, 'The database takes no writes: it is a standby, or was set read-only.'],
  [/^28/, 'The database refuses the user or the password.'],
  [/^3D000/, 'There is no such database.'],
  [/^42501/, 'The user lacks a permission in the database.'],
  [/^XX00[12]/, 'The database is damaged; restore a backup.'],
  [/^(?:08|E|CONNECTION)/, 'The database server cannot be reached.'],
];

function reasonOf(code: string): string {
  const reason = REASONS.find(([pattern]) => pattern.test(code))?.[1] ?? 'The database refused the statement.';
  return `${reason} (${code})`;
}
