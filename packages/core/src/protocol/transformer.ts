import SuperJSON, { type SuperJSONResult } from 'superjson';
import { DatastoreError } from '../errors.ts';

/**
 * superjson, restricted to plain JSON and `undefined`: the protocol needs no more, and a peer must not be able to make
 * regular expressions, maps or huge integers on the other side.
 */
export const transformer = {
  serialize: (value: unknown): SuperJSONResult => SuperJSON.serialize(value),
  deserialize: (result: SuperJSONResult): unknown => {
    if (!onlyUndefined(result?.meta?.values) || result?.meta?.referentialEqualities !== undefined) {
      throw new DatastoreError('REQUEST_INVALID', 'A message holds values that are not plain JSON.');
    }
    return SuperJSON.deserialize(result);
  },
};

function onlyUndefined(annotation: unknown): boolean {
  if (annotation === undefined || annotation === 'undefined') return true;
  if (Array.isArray(annotation)) return annotation.every(onlyUndefined);
  return annotation !== null && typeof annotation === 'object' && Object.values(annotation).every(onlyUndefined);
}
