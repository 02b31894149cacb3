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
