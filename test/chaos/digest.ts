import { createHash } from 'node:crypto';
import { canonicalJson, type JsonDocument } from '@datastores/core/schema';

/** A digest of documents that is the same whatever order they and their fields come in. */
export function digestOf(documents: readonly object[]): string {
  const texts = documents.map((document) => canonicalJson(document as JsonDocument)).sort();
  return createHash('sha256').update(texts.join('\n')).digest('hex');
}
