import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '@datastores/core/schema';

/** The fields of one state of a document, each as a digest of its value: enough to know a value again. */
export type FieldDigests = Readonly<Record<string, string>>;

/** Digests of the fields of a document, by its JSON text. */
export function fieldDigests(body: string): FieldDigests {
  const fields = Object.entries(JSON.parse(body) as Record<string, JsonValue>).filter(([field]) => field !== 'id');
  return Object.fromEntries(fields.map(([field, value]) => [field, digestOf(value)]));
}

/** True if a state had this value in this field; undefined: it did not have the field. */
export function hadValue(state: FieldDigests, field: string, value: JsonValue | undefined): boolean {
  const digest = Object.hasOwn(state, field) ? state[field] : undefined;
  return value === undefined ? digest === undefined : digest === digestOf(value);
}

function digestOf(value: JsonValue): string {
  return createHash('sha256').update(canonicalJson(value)).digest('base64url').slice(0, 16);
}
