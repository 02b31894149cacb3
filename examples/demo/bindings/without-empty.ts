import type { JsonValue } from '@datastores/core/schema';

/** A copy without the entries that are null or undefined: a foreign "no value" is an absent field in the common model. */
export function withoutEmpty(object: Readonly<Record<string, JsonValue | undefined>>): Record<string, JsonValue> {
  const entries = Object.entries(object).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(entries) as Record<string, JsonValue>;
}
