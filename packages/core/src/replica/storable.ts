import { DatastoreError } from '../errors.ts';
import { MAX_DOCUMENT_BYTES } from '../protocol/limits.ts';
import type { Datastore } from '../schema/datastore.ts';
import type { JsonDocument, JsonObject, JsonValue } from '../schema/document.ts';
import { documentInvalid, issuesOf } from '../schema/validate.ts';

const encoder = new TextEncoder();
const checked = new WeakSet<object>();

/** Notes that a document can be stored as it is, so that it is not looked at again on its way down. */
export function markChecked(document: object): void {
  checked.add(document);
}

/** True once for a document that was marked: whoever changes it afterwards must not profit. */
export function takeChecked(document: object): boolean {
  return checked.delete(document);
}

/**
 * Why a local write cannot be stored: DOCUMENT_INVALID or DOCUMENT_TOO_LARGE; null if it can. The size is checked here so
 * that it never fails first at push, days later and far from the code that wrote it.
 */
export function storageProblem(datastore: Datastore, document: JsonDocument): DatastoreError | null {
  const issues = issuesOf(datastore, document);
  if (issues.length > 0) return documentInvalid(datastore.name, document.id, issues);
  if (mostBytes(document) <= MAX_DOCUMENT_BYTES) return null;
  const bytes = encoder.encode(JSON.stringify(document)).length;
  if (bytes <= MAX_DOCUMENT_BYTES) return null;
  const message = `${datastore.name} "${document.id}" has ${bytes} bytes; the limit is ${MAX_DOCUMENT_BYTES}.`;
  return new DatastoreError('DOCUMENT_TOO_LARGE', message);
}

/** A size that the JSON text of a value never exceeds, without writing it: escaped, a character takes six bytes at most. */
function mostBytes(value: JsonValue | undefined): number {
  if (typeof value === 'string') return 6 * value.length + 2;
  if (value === null || typeof value !== 'object') return LONGEST_NUMBER;
  let bytes = 2;
  if (Array.isArray(value)) for (const entry of value) bytes += mostBytes(entry) + 1;
  else for (const key in value) bytes += 6 * key.length + 4 + mostBytes((value as JsonObject)[key]);
  return bytes;
}

const LONGEST_NUMBER = 25;
