import { DatastoreError } from '@datastores/core';
import { type Caller, MAX_SCOPES } from '@datastores/core/protocol';
import type { Datastore } from '@datastores/core/schema';

/** What a caller may see and write. Pull, push, changes, resets and conflict answers all ask here and nowhere else. */
export interface Access {
  /** The scopes in one fixed order, so that pages over several scopes continue where they ended. */
  readonly scopes: readonly string[];
  /** Where a new document of the caller goes. */
  readonly home: string;
  readonly allows: (scope: string) => boolean;
}

/** The access of a caller. Throws FORBIDDEN if the token names no scope, or more than a checkpoint can hold. */
export function accessOf(caller: Caller): Access {
  const scopes = [...new Set(caller.scopes)].sort();
  const home = caller.scopes[0];
  if (home === undefined) {
    throw new DatastoreError('FORBIDDEN', 'The token names no scope.', {
      remedy: 'Use a token whose "scopes" claim lists at least one scope.',
    });
  }
  if (scopes.length > MAX_SCOPES) {
    throw new DatastoreError('FORBIDDEN', `The token names ${scopes.length} scopes; the limit is ${MAX_SCOPES}.`, {
      remedy: 'Use a token with fewer scopes.',
    });
  }
  const allowed = new Set(scopes);
  return { scopes, home, allows: (scope) => allowed.has(scope) };
}

/** The served datastore of a name. Throws DATASTORE_UNKNOWN. */
export function servedDatastore(datastores: ReadonlyMap<string, Datastore>, name: string): Datastore {
  const datastore = datastores.get(name);
  if (datastore !== undefined) return datastore;
  const served = [...datastores.keys()].join(', ');
  throw new DatastoreError('DATASTORE_UNKNOWN', `This server does not serve "${name}"; it serves ${served}.`);
}
