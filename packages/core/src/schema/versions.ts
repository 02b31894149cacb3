import { DatastoreError } from '../errors.ts';
import type { Datastore } from './datastore.ts';
import type { JsonDocument } from './document.ts';

/** How many schema versions back a server still serves. */
export const VERSIONS_SERVED = 1;

/** Throws UPGRADE_REQUIRED unless documents of schema version `version` can be exchanged with this declaration. */
export function assertServedVersion(datastore: Datastore, version: number): void {
  if (version > datastore.version) {
    throw new DatastoreError(
      'UPGRADE_REQUIRED',
      `The replica has version ${version} of "${datastore.name}", this server has ${datastore.version}: update the server.`,
    );
  }
  if (version < datastore.version - VERSIONS_SERVED) {
    throw new DatastoreError(
      'UPGRADE_REQUIRED',
      `The replica has version ${version} of "${datastore.name}", this server serves ${datastore.version - VERSIONS_SERVED} to ${datastore.version}: update the replica.`,
    );
  }
}

/** The document as of the newest schema version, from version `from`. */
export function upgradeDocument(datastore: Datastore, document: JsonDocument, from: number): JsonDocument {
  let current = document;
  for (let step = from + 1; step <= datastore.version; step += 1) {
    current = datastore.versions[step]?.up(current) ?? current;
  }
  return current;
}

/** The document as a replica of schema version `to` knows it. */
export function downgradeDocument(datastore: Datastore, document: JsonDocument, to: number): JsonDocument {
  let current = document;
  for (let step = datastore.version; step > to; step -= 1) {
    current = datastore.versions[step]?.down(current) ?? current;
  }
  return current;
}
