import type { JsonValue } from '@datastores/core/schema';

/** What a file says as a text. Never by `toString`: an object of a file may have a field of that name, and then it throws. */
export function valueText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
