import { DatastoreError, type DatastoreErrorCode } from '@datastores/core';
import {
  type Caller,
  type Checkpoint,
  isServerOwned,
  type PushOutcome,
  type PushRequest,
  type PushResponse,
  type PushRow,
  parsePushRows,
} from '@datastores/core/protocol';
import { assertServedVersion, type Datastore } from '@datastores/core/schema';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import { type Access, accessOf, claimReplica, foreignReplica, servedDatastore } from './access.ts';
import { type PushedChange, pushedChange } from './change.ts';
import { positionIn, resetFor, resetForLost } from './checkpoint.ts';
import { forbidding } from './forbids.ts';
import type { Served } from './pull.ts';
import { pushToScope } from './push-to-scope.ts';

/**
 * Applies pushed rows one by one: a row that cannot be read or is not allowed is told apart and stops no other. A replica
 * whose checkpoint this store cannot go on from gets the reset, and nothing is applied.
 */
export async function push(
  served: Served & { readonly log: Log },
  request: PushRequest,
  caller: Caller,
): Promise<PushResponse> {
  const { store } = served;
  const datastore = servedDatastore(served.datastores, request.datastore);
  if (isServerOwned(datastore.name)) {
    throw new DatastoreError('DATASTORE_READ_ONLY', `"${datastore.name}" is written by the server alone.`);
  }
  assertServedVersion(datastore, request.schemaVersion);
  const access = accessOf(served.rules, datastore.name, caller);
  const { reader = request.replica } = request;
  await claimReplica(store, request.replica, caller);
  // A new copy is bound to its subject by what it asks under its own id; its first push must not wait for that.
  if (((await store.subjectOf(reader)) ?? caller.subject) !== caller.subject) throw foreignReplica(reader);
  const reset = resetForLost(request, access) ?? (await resetFor(store, request, access));
  if (reset !== null) return reset;
  const acknowledged: Checkpoint = {};
  const outcomes: PushOutcome[] = [];
  const readable: IndexedChange[] = [];
  for (const [index, row] of parsePushRows(request.rows).entries()) {
    if (access.home === null) {
      outcomes[index] = refused(row.id, 'WRITE_FORBIDDEN', `The caller has no scope of "${datastore.name}".`);
      continue;
    }
    const read = 'problem' in row ? row.problem : readRow(datastore, row, request);
    if (typeof read === 'string') outcomes[index] = refused(row.id, 'REQUEST_INVALID', read);
    else readable.push({ index, change: read, from: 'problem' in row ? undefined : row.scope });
  }
  for (const round of rounds(readable)) {
    for (const [scope, rows] of await byScope(store, { datastore, access, rows: round })) {
      const pulledTo = positionIn(request.checkpoint, scope)?.seq ?? 0;
      const schemaVersion = request.schemaVersion;
      const forbids = forbidding(served, { datastore, scope, caller });
      const { outcomes: results, position } = await pushToScope(
        { ...served, datastore, scope, pulledTo, schemaVersion, reader, forbids },
        rows.map(({ change }) => change),
      );
      for (const [at, { index }] of rows.entries()) outcomes[index] = results[at] as PushOutcome;
      const before = positionIn(acknowledged, scope);
      if (position !== null && position.seq > (before?.seq ?? 0)) acknowledged[scope] = position;
    }
  }
  return { kind: 'done', outcomes, acknowledged };
}

interface IndexedChange {
  readonly index: number;
  readonly change: PushedChange;
  /** The scope in which the replica had the document. */
  readonly from: string | undefined;
}

function readRow(datastore: Datastore, row: PushRow, request: PushRequest): PushedChange | string {
  try {
    return pushedChange(datastore, row, { replica: request.replica, version: request.schemaVersion });
  } catch {
    return `It cannot be read as a document of schema version ${request.schemaVersion}.`;
  }
}

/** What says nothing of a document, be it there or not. */
function refused(id: string, code: DatastoreErrorCode, message: string): PushOutcome {
  return { is: 'rejected', id, scope: null, version: null, document: null, code, message };
}

/** Rows of one document go one after the other, each meeting the state that the one before it made. */
function rounds(rows: readonly IndexedChange[]): readonly (readonly IndexedChange[])[] {
  const result: IndexedChange[][] = [];
  const seen = new Map<string, number>();
  for (const row of rows) {
    const round = seen.get(row.change.id) ?? 0;
    seen.set(row.change.id, round + 1);
    result[round] ??= [];
    result[round].push(row);
  }
  return result;
}

interface ScopeRequest {
  readonly datastore: Datastore;
  readonly access: Access;
  readonly rows: readonly IndexedChange[];
}

async function byScope(
  store: Store,
  { datastore, access, rows }: ScopeRequest,
): Promise<ReadonlyMap<string, readonly IndexedChange[]>> {
  const { home } = access;
  if (home === null || rows.length === 0) return new Map();
  if (access.scopes.length === 1) return new Map([[home, rows]]);
  const groups = new Map<string, IndexedChange[]>();
  for (const row of rows) {
    const key = { datastore: datastore.name, id: row.change.id };
    const scope = (await storedScope(store, access, key)) ?? scopeOfUnknown(access, home, row);
    const group = groups.get(scope) ?? [];
    groups.set(scope, group);
    group.push(row);
  }
  return groups;
}

/** The scope of the stored document, a living one first; null for one that is nowhere the caller sees. */
async function storedScope(
  store: Store,
  access: Access,
  key: { readonly datastore: string; readonly id: string },
): Promise<string | null> {
  let buried: string | null = null;
  for (const scope of access.scopes) {
    const stored = await store.document(scope, key);
    if (stored !== null && !stored.deleted) return scope;
    if (stored !== null) buried ??= scope;
  }
  return buried;
}

/**
 * Where a document is decided that is nowhere any more: where the replica had it. Only the floor of that scope says whether
 * its deletion was compacted, and one that a restored store has lost belongs there again. New ones go to the home of the caller.
 */
function scopeOfUnknown(access: Access, home: string, { from }: IndexedChange): string {
  return from !== undefined && access.allows(from) ? from : home;
}
