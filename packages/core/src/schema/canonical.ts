import type { JsonObject, JsonValue } from './document.ts';

/**
 * The one text of a JSON value: object keys sorted by code unit, absent fields left out, no white space (RFC 8785).
 * Two values are the same exactly if their texts are, whatever order a foreign system, a database or a spread operator
 * left their keys in.
 */
export function canonicalJson(value: JsonValue | undefined): string {
  // What was read from a canonical text has its keys in order already, and writing it is then the engine's own work.
  return value === undefined ? 'null' : isInOrder(value) ? JSON.stringify(value) : canonicalText(value);
}

/** True if both values are the same JSON; `undefined` equals only `undefined`. */
export function sameJson(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && sameList(a, b);
  return sameObject(a as JsonObject, b as JsonObject);
}

function sameList(a: readonly JsonValue[], b: readonly JsonValue[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (!sameJson(a[index] ?? null, b[index] ?? null)) return false;
  return true;
}

function sameObject(a: JsonObject, b: JsonObject): boolean {
  let fields = 0;
  for (const key in a) {
    const value = a[key];
    if (value === undefined) continue;
    fields += 1;
    if (!Object.hasOwn(b, key) || !sameJson(value, b[key])) return false;
  }
  for (const key in b) if (b[key] !== undefined) fields -= 1;
  return fields === 0;
}

function isInOrder(value: JsonValue | undefined): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) if (!isInOrder(value[index])) return false;
    return true;
  }
  let last = '';
  for (const key in value) {
    if (key < last || !isInOrder((value as JsonObject)[key])) return false;
    last = key;
  }
  return true;
}

function canonicalText(value: JsonValue): string {
  const ordered = inOrder(value);
  return ordered === undefined ? textByKeys(value) : JSON.stringify(ordered);
}

/**
 * A copy with its keys in order, which the engine writes several times faster than text by text; undefined where a key may
 * look like an array index, since engines put those first.
 */
function inOrder(value: JsonValue | undefined): JsonValue | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object') return value;
  if (Array.isArray(value)) return listInOrder(value);
  const copy: Record<string, JsonValue> = {};
  for (const key of Object.keys(value).sort()) {
    const entry = (value as JsonObject)[key];
    if (entry === undefined) continue;
    const first = key.charCodeAt(0);
    const ordered = (first >= ZERO && first <= NINE) || key === '__proto__' ? undefined : inOrder(entry);
    if (ordered === undefined) return undefined;
    copy[key] = ordered;
  }
  return copy;
}

function listInOrder(list: readonly JsonValue[]): JsonValue | undefined {
  const copy: JsonValue[] = [];
  for (let index = 0; index < list.length; index += 1) {
    const ordered = inOrder(list[index]);
    if (ordered === undefined) return undefined;
    copy.push(ordered);
  }
  return copy;
}

const ZERO = 48;
const NINE = 57;

function textByKeys(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value !== 'object') return JSON.stringify(value);
  return Array.isArray(value) ? canonicalList(value) : canonicalObject(value as JsonObject);
}

function canonicalList(list: readonly JsonValue[]): string {
  let text = '[';
  for (let index = 0; index < list.length; index += 1) text += `${index === 0 ? '' : ','}${textByKeys(list[index])}`;
  return `${text}]`;
}

function canonicalObject(object: JsonObject): string {
  let text = '{';
  for (const key of Object.keys(object).sort()) {
    const value = object[key];
    if (value !== undefined) text += `${text === '{' ? '' : ','}${JSON.stringify(key)}:${textByKeys(value)}`;
  }
  return `${text}}`;
}
