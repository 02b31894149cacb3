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
import { type AccessRules, type AccessRulesByDatastore, scopesBy } from './access-rules.ts';

/** What a caller may see and write of a datastore. Pull, push, changes, digests and resets all ask here and nowhere else. */
export interface Access {
  /** The scopes in one fixed order, so that pages over several scopes continue where they ended. */
  readonly scopes: readonly string[];
  /** Where a new document of the caller goes; null where it may write nowhere. */
  readonly home: string | null;
  readonly allows: (scope: string) => boolean;
}

/** What access follows from, beside the token. */
export interface AccessGrounds {
  readonly store: Store;
  readonly rules: AccessRulesByDatastore;
}

/** The access of a caller to a datastore. Throws FORBIDDEN if its token names no scope, or what cannot be one. */
export function accessOf(rules: AccessRulesByDatastore, datastore: string, caller: Caller): Access {
  assertScopes(caller);
  const named = scopesBy(rulesOf(rules, datastore), datastore, caller);
  const allowed = new Set(named);
  return { scopes: [...allowed].sort(), home: named[0] ?? null, allows: (scope) => allowed.has(scope) };
}

/** The rules of a datastore; none where the server has none. */
export function rulesOf(rules: AccessRulesByDatastore, datastore: string): AccessRules {
  return Object.hasOwn(rules, datastore) ? (rules[datastore] ?? {}) : {};
}

function assertScopes(caller: Caller): void {
  const scopes = new Set(caller.scopes);
  const reserved = caller.scopes.find(isReservedScope);
  if (reserved !== undefined) {
    throw new DatastoreError('FORBIDDEN', `The token names the scope "${reserved}", which is the server's own.`, {
      remedy: 'Use a token whose scopes do not begin with "@".',
    });
  }
  if (scopes.size === 0) {
    throw new DatastoreError('FORBIDDEN', 'The token names no scope.', {
      remedy: 'Use a token whose "scopes" claim lists at least one scope.',
    });
  }
  if (scopes.size > MAX_SCOPES) {
    throw new DatastoreError('FORBIDDEN', `The token names ${scopes.size} scopes; the limit is ${MAX_SCOPES}.`, {
      remedy: 'Use a token with fewer scopes.',
    });
  }
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
export async function readAccess(
  { store, rules }: AccessGrounds,
  request: ReadRequest,
  caller: Caller,
): Promise<Access> {
  const access = accessOf(rules, request.datastore, caller);
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
