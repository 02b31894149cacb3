import type { JsonValue } from '@datastores/core/schema';

/** The value at a dot path, e.g. `data.items.0.id`; undefined where there is none. */
export function valueAt(value: JsonValue | undefined, path: string): JsonValue | undefined {
  let at: unknown = value;
  for (const part of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string, unknown>)[part];
  }
  return at as JsonValue | undefined;
}
