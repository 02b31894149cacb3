import { DatastoreError } from '@datastores/core';
import type { PreparedQuery } from 'rxdb';
import { isSealed, type SealedFields } from './sealed-fields.ts';

/** Throws ENCRYPTED_FIELD if a query selects or sorts by a sealed field. */
export function assertAnswerable(
  { query }: Pick<PreparedQuery<never>, 'query'>,
  sealed: SealedFields,
  collection: string,
): void {
  const sorted = (query.sort ?? []).flatMap((part) => Object.keys(part));
  const asked = [...fieldsIn(query.selector), ...sorted].find((field) => isSealed(sealed, topOf(field)));
  if (asked === undefined) return;
  throw new DatastoreError('ENCRYPTED_FIELD', `"${asked}" of "${collection}" is encrypted and cannot be asked for.`);
}

/** Operators begin with a dollar; what is not one is a field. */
function fieldsIn(selector: unknown): readonly string[] {
  if (selector === null || typeof selector !== 'object') return [];
  if (Array.isArray(selector)) return selector.flatMap(fieldsIn);
  return Object.entries(selector).flatMap(([name, value]) => (name.startsWith('$') ? fieldsIn(value) : [name]));
}

function topOf(path: string): string {
  return path.split('.')[0] ?? path;
}
