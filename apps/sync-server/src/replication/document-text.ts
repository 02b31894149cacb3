import { DatastoreError } from '@datastores/core';
import { type Datastore, downgradeDocument, type JsonDocument, upgradeDocument } from '@datastores/core/schema';
import type { FeedDocument } from '../store/document.ts';

/** The stored document in the server's schema version. Throws SERVER_FAILED if a version step fails on it. */
export function documentOf(datastore: Datastore, stored: FeedDocument): JsonDocument {
  const document = JSON.parse(stored.body) as JsonDocument;
  if (stored.deleted || stored.schemaVersion === datastore.version) return document;
  return converted(datastore, stored, () => upgradeDocument(datastore, document, stored.schemaVersion));
}

/**
 * The JSON text of a stored document for a replica of schema version `version`; null if it is deleted. A document already
 * stored in that version is passed on as it is, unparsed.
 */
export function documentText(datastore: Datastore, stored: FeedDocument, version: number): string | null {
  if (stored.deleted) return null;
  if (stored.schemaVersion === version) return stored.body;
  return JSON.stringify(shownDocument(datastore, stored, version));
}

/** The stored document as a replica of schema version `version` gets it. Throws SERVER_FAILED if a version step fails on it. */
export function shownDocument(datastore: Datastore, stored: FeedDocument, version: number): JsonDocument {
  if (stored.schemaVersion === version) return JSON.parse(stored.body) as JsonDocument;
  const document = documentOf(datastore, stored);
  return converted(datastore, stored, () => downgradeDocument(datastore, document, version));
}

function converted(datastore: Datastore, stored: FeedDocument, convert: () => JsonDocument): JsonDocument {
  try {
    return convert();
  } catch (cause) {
    throw new DatastoreError(
      'SERVER_FAILED',
      `A version step of "${datastore.name}" fails on the document "${stored.id}" of schema version ${stored.schemaVersion}.`,
      { cause, remedy: 'Correct the version steps in the declaration of the datastore; the request is repeated.' },
    );
  }
}
