import type { JsonObject, JsonValue } from './document.ts';

/**
 * The one text of a JSON value: object keys sorted by code unit, absent fields left out, no white space (RFC 8785).
 * Two values are the same exactly if their texts are, whatever order a foreign system, a database or a spread operator
 * left their keys in.
 */
export function canonicalJson(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value !== 'object') return JSON.stringify(value);
  return Array.isArray(value) ? canonicalList(value) : canonicalObject(value as JsonObject);
}

/** True if both values are the same JSON; `undefined` equals only `undefined`. */
export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  return canonicalJson(a) === canonicalJson(b);
}

function canonicalList(list: readonly JsonValue[]): string {
  let text = '[';
  for (let index = 0; index < list.length; index += 1) text += `${index === 0 ? '' : ','}${canonicalJson(list[index])}`;
  return `${text}]`;
}

// JSON.stringify over a copy with sorted keys would not do: engines put keys that look like array indexes first.
function canonicalObject(object: JsonObject): string {
  let text = '{';
  for (const key of Object.keys(object).sort()) {
    const value = object[key];
    if (value !== undefined) text += `${text === '{' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(value)}`;
  }
  return `${text}}`;
}
