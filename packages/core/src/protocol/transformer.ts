import SuperJSON, { type SuperJSONResult } from 'superjson';
import { DatastoreError } from '../errors.ts';

/**
 * superjson, restricted to plain JSON and `undefined`: the protocol needs no more, and a peer must not be able to make
 * regular expressions, maps, classes or huge integers on the other side. Throws REQUEST_INVALID for anything else, in
 * both directions.
 */
export const transformer: {
  readonly serialize: (value: unknown) => SuperJSONResult;
  readonly deserialize: (result: SuperJSONResult) => unknown;
} = {
  serialize: (value) => {
    if (isPlain(value, 0)) return { json: value };
    const { json, meta } = SuperJSON.serialize(value);
    if (!onlyUndefined(meta?.values)) throw unplain();
    // Without deduplication the text is complete; that a value occurs twice in memory is nobody's business.
    return meta?.values === undefined ? { json } : { json, meta: { values: meta.values } };
  },
  deserialize: (result) => {
    if (result === null || typeof result !== 'object' || !Object.hasOwn(result, 'json')) throw unplain();
    const { json, meta } = result;
    if (!onlyUndefined(meta?.values) || meta?.referentialEqualities !== undefined) throw unplain();
    try {
      return meta === undefined ? json : SuperJSON.deserialize({ json, meta });
    } catch (cause) {
      // Annotations can name places that do not exist, or prototypes.
      throw unplain(cause);
    }
  },
};

/** Nesting up to which a message is taken as it is; what is deeper is left to superjson. */
const MAX_PLAIN_DEPTH = 16;

/**
 * Whether superjson would carry a message as it is: plain JSON and nothing that it annotates or refuses. It makes a copy
 * and a path for each value, which costs more than all else that is done for an answer of many small parts.
 */
function isPlain(value: unknown, depth: number): value is SuperJSONResult['json'] {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0);
    case 'object':
      return value === null || (depth < MAX_PLAIN_DEPTH && isPlainWithin(value, depth + 1));
    default:
      return false;
  }
}

function isPlainWithin(value: object, depth: number): boolean {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) if (!isPlain(value[index], depth)) return false;
    return true;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) {
    if (key === 'constructor' || key === 'prototype' || key === '__proto__') return false;
    if (!isPlain((value as Record<string, unknown>)[key], depth)) return false;
  }
  return true;
}

/** Deepest annotation that is read; the messages of the protocol are flatter. */
const MAX_ANNOTATION_DEPTH = 16;

function onlyUndefined(annotation: unknown, depth = 0): boolean {
  if (annotation === undefined || annotation === 'undefined') return true;
  if (annotation === null || typeof annotation !== 'object' || depth > MAX_ANNOTATION_DEPTH) return false;
  return Object.values(annotation).every((inner) => onlyUndefined(inner, depth + 1));
}

function unplain(cause?: unknown): DatastoreError {
  return new DatastoreError('REQUEST_INVALID', 'A message holds values that are not plain JSON.', { cause });
}
