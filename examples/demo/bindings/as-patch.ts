import type { JsonValue } from '@datastores/core/schema';

/** Only the fields that have something to say: undefined is left out, null stays and empties the field over there. */
export function asPatch(fields: Readonly<Record<string, JsonValue | undefined>>): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Record<
    string,
    JsonValue
  >;
}
