import type { JsonValue } from './document.ts';

/**
 * The one text of a JSON value: object keys sorted by code unit, absent fields left out, no white space
 * (RFC 8785 for the values JSON.stringify can write). Two values are the same exactly if their texts are, whatever
 * order a foreign system, a database or a spread operator left their keys in.
 */
export function canonicalJson(value: JsonValue | undefined): string {
  return JSON.stringify(value, sortKeys) ?? 'null';
}

/** True if both values are the same JSON; `undefined` equals only `undefined`. */
export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (typeof a !== 'object' || typeof b !== 'object') return false;
  return canonicalJson(a) === canonicalJson(b);
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  const source = value as Record<string, unknown>;
  const keys = Object.keys(source);
  if (isSorted(keys)) return value;
  const sorted: Record<string, unknown> = Object.create(null);
  for (const key of keys.sort()) sorted[key] = source[key];
  return sorted;
}

function isSorted(keys: readonly string[]): boolean {
  for (let index = 1; index < keys.length; index += 1) {
    if ((keys[index - 1] as string) > (keys[index] as string)) return false;
  }
  return true;
}
