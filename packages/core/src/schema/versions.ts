import { DatastoreError } from '../errors.ts';
import type { Datastore, VersionStep } from './datastore.ts';
import type { JsonDocument } from './document.ts';

/** How many schema versions back a server still serves. */
export const VERSIONS_SERVED = 1;

/** Throws UPGRADE_REQUIRED unless documents of schema version `version` can be exchanged with this declaration. */
export function assertServedVersion(datastore: Datastore, version: number): void {
  const newest = datastore.version;
  const oldest = Math.max(0, newest - VERSIONS_SERVED);
  if (version >= oldest && version <= newest) return;
  const served = oldest === newest ? `${newest}` : `${oldest} to ${newest}`;
  throw new DatastoreError(
    'UPGRADE_REQUIRED',
    `The replica has version ${version} of "${datastore.name}", this server serves ${served}.`,
    { remedy: `Update the ${version > newest ? 'server' : 'replica'}; unpushed changes are kept.` },
  );
}

/** The document as of the newest schema version, from version `from`. Throws DOCUMENT_INVALID if a step fails on it. */
export function upgradeDocument(datastore: Datastore, document: JsonDocument, from: number): JsonDocument {
  let current = document;
  for (let step = from + 1; step <= datastore.version; step += 1)
    current = take(datastore, current, { step, to: 'up' });
  return current;
}

/** The document as a replica of schema version `to` knows it. Throws DOCUMENT_INVALID if a step fails on it. */
export function downgradeDocument(datastore: Datastore, document: JsonDocument, to: number): JsonDocument {
  let current = document;
  for (let step = datastore.version; step > to; step -= 1) current = take(datastore, current, { step, to: 'down' });
  return current;
}

interface Direction {
  readonly step: number;
  readonly to: keyof VersionStep;
}

function take(datastore: Datastore, document: JsonDocument, { step, to }: Direction): JsonDocument {
  const where = `versions[${step}].${to} of "${datastore.name}"`;
  const transform = datastore.versions[step]?.[to];
  if (transform === undefined) throw stepFailed(document, `${where} does not exist`);
  let result: JsonDocument;
  try {
    result = transform(document);
  } catch (cause) {
    throw stepFailed(document, `${where} threw an error`, cause);
  }
  if (result === null || typeof result !== 'object') throw stepFailed(document, `${where} did not return a document`);
  if (result.id !== document.id) throw stepFailed(document, `${where} changed the id, which never changes`);
  return result;
}

function stepFailed(document: JsonDocument, problem: string, cause?: unknown): DatastoreError {
  const remedy = 'Correct the step in the declaration of the datastore; the document is kept as it is.';
  return new DatastoreError('DOCUMENT_INVALID', `"${document.id}": ${problem}.`, { cause, remedy });
}
