import type { JsonValue } from '@datastores/core/schema';

/** The number behind a key; null for a text that no record can have as its key. */
export function idOf(key: string): number | null {
  return /^[1-9]\d{0,9}$/.test(key) && Number(key) <= LARGEST ? Number(key) : null;
}

/** The number in a reference to a record. Throws TypeError in plain words. */
export function relatedId(value: JsonValue): number {
  const id = typeof value === 'string' || typeof value === 'number' ? idOf(String(value)) : null;
  if (id === null) throw new TypeError('must be the key of a record');
  return id;
}

/** The numbers in a list of references. Throws TypeError in plain words. */
export function relatedIds(value: JsonValue): number[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw new TypeError('must be a list of keys');
  return value.map((entry: JsonValue) => relatedId(entry));
}

/** Keys are integers of four bytes in the database; a larger number is an error there. */
const LARGEST = 2_147_483_647;
