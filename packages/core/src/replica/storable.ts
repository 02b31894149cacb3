import { DatastoreError } from '../errors.ts';
import { MAX_DOCUMENT_BYTES } from '../protocol/limits.ts';
import type { Datastore } from '../schema/datastore.ts';
import type { JsonDocument } from '../schema/document.ts';
import { documentInvalid, issuesOf } from '../schema/validate.ts';

const encoder = new TextEncoder();

/**
 * Why a local write cannot be stored: DOCUMENT_INVALID or DOCUMENT_TOO_LARGE; null if it can. The size is checked here so
 * that it never fails first at push, days later and far from the code that wrote it.
 */
export function storageProblem(datastore: Datastore, document: JsonDocument): DatastoreError | null {
  const issues = issuesOf(datastore, document);
  if (issues.length > 0) return documentInvalid(datastore.name, document.id, issues);
  const bytes = encoder.encode(JSON.stringify(document)).length;
  if (bytes <= MAX_DOCUMENT_BYTES) return null;
  const message = `${datastore.name} "${document.id}" has ${bytes} bytes; the limit is ${MAX_DOCUMENT_BYTES}.`;
  return new DatastoreError('DOCUMENT_TOO_LARGE', message);
}
