import { DatastoreError } from '@datastores/core';
import {
  type Caller,
  isReservedScope,
  isServerOwned,
  MAX_SCOPES,
  receiptsScope,
  SYSTEMS_SCOPE,
} from '@datastores/core/protocol';
import { type Datastore, writeReceipts } from '@datastores/core/schema';
import type { Store } from '../store/store.ts';

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
  const reserved = scopes.find(isReservedScope);
  if (reserved !== undefined) {
    throw new DatastoreError('FORBIDDEN', `The token names the scope "${reserved}", which is the server's own.`, {
      remedy: 'Use a token whose scopes do not begin with "@".',
    });
  }
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

/** Who asks for which datastore; `replica` is what it says of itself. */
export interface ReadRequest {
  readonly datastore: string;
  readonly replica?: string | undefined;
}

/**
 * What a caller may read of a datastore. Those that the server owns lie in scopes of their own: what is known of systems
 * in one for all callers, receipts in one for each replica, which only the subject may read that the replica belongs to.
 * Throws FORBIDDEN.
 */
export async function readAccess(store: Store, request: ReadRequest, caller: Caller): Promise<Access> {
  const access = accessOf(caller);
  if (!isServerOwned(request.datastore)) return access;
  if (request.datastore !== writeReceipts.name) return accessTo(SYSTEMS_SCOPE);
  if (request.replica === undefined) {
    throw new DatastoreError('REQUEST_INVALID', 'Receipts are asked for without the replica that they are for.');
  }
  await claimReplica(store, request.replica, caller);
  return accessTo(receiptsScope(request.replica));
}

/** Binds a replica to the subject of the caller. Throws FORBIDDEN if it belongs to another. */
export async function claimReplica(store: Store, replica: string, caller: Caller): Promise<void> {
  if (await store.claimReplica(replica, caller.subject)) return;
  throw foreignReplica(replica);
}

/** The error for a replica that belongs to somebody else. */
export function foreignReplica(replica: string): DatastoreError {
  return new DatastoreError('FORBIDDEN', `The replica "${replica}" belongs to another subject.`, {
    remedy: 'Use the token of the user who made this replica, or open a new replica for this user.',
  });
}

function accessTo(scope: string): Access {
  return { scopes: [scope], home: scope, allows: (other) => other === scope };
}

/** The served datastore of a name. Throws DATASTORE_UNKNOWN. */
export function servedDatastore(datastores: ReadonlyMap<string, Datastore>, name: string): Datastore {
  const datastore = datastores.get(name);
  if (datastore !== undefined) return datastore;
  const served = [...datastores.keys()].join(', ');
  throw new DatastoreError('DATASTORE_UNKNOWN', `This server does not serve "${name}"; it serves ${served}.`);
}
