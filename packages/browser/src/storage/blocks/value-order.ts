/**
 * The value of an indexed field as a column holds it. What has no place in the order of an index, an object or a list, is
 * {@link OTHER}.
 */
export type KeyValue = string | number | boolean | null | undefined | typeof OTHER;

/** Stands for any object or list. */
export const OTHER: unique symbol = Symbol('object or list');

/** What a column holds of a field. */
export function keyValue(value: unknown): KeyValue {
  return typeof value === 'object' && value !== null ? OTHER : (value as KeyValue);
}

/** The rank of a type: values of one type lie together, in the order in which RxDB sorts. */
export function rankOf(value: KeyValue): number {
  switch (typeof value) {
    case 'string':
      return 3;
    case 'number':
      return 2;
    case 'boolean':
      return 5;
    case 'undefined':
      return 0;
    default:
      return value === null ? 1 : 4;
  }
}

/** Compares as RxDB sorts: `undefined` < `null` < numbers < texts by UTF-16 code unit < objects < `false` < `true`. */
export function compareValues(a: KeyValue, b: KeyValue): number {
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  const ranks = rankOf(a) - rankOf(b);
  if (ranks !== 0) return ranks;
  if (typeof a === 'number' || typeof a === 'boolean') return Number(a) - Number(b);
  return 0;
}

/** A value as JSON can hold it: without `undefined`, which would become `null`. */
export function encodeKey(value: KeyValue): unknown {
  if (value === undefined) return MISSING;
  return value === OTHER ? {} : value;
}

const MISSING: readonly never[] = [];

/** The value that {@link encodeKey} has encoded. */
export function decodeKey(encoded: unknown): KeyValue {
  if (typeof encoded !== 'object' || encoded === null) return encoded as KeyValue;
  return Array.isArray(encoded) ? undefined : OTHER;
}
