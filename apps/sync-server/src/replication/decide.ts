import type { DatastoreErrorCode } from '@datastores/core';
import { formatVersion, parseVersion } from '@datastores/core/protocol';
import { type Datastore, type Decision, type JsonDocument, mergeChange, sameJson } from '@datastores/core/schema';
import { type Admissible, problemOf, type Refusal } from './admit.ts';
import type { PushedChange } from './change.ts';
import { type Credit, claimedAmounts, creditFor, realAmounts, withoutCredit } from './counters.ts';

/** The state on the server that a change meets, in the server's schema version. */
export interface MetState {
  readonly seq: number;
  readonly version: string;
  readonly deleted: boolean;
  readonly author: string;
  readonly base: string | null;
  readonly document: JsonDocument;
}

/** Everything the decision over one pushed row depends on. */
export interface DecideInput {
  readonly datastore: Datastore;
  readonly change: PushedChange;
  readonly stored: MetState | null;
  readonly credit: Credit | null;
  /** Name of the store's history, and the number below which its tombstones are gone. */
  readonly epoch: string;
  readonly floor: number;
  /** Number in the feed of the scope that the replica has pulled up to. */
  readonly pulledTo: number;
  /** What the replica sees of a document, where its schema version is older. */
  readonly asSeen: (document: JsonDocument) => JsonDocument;
}

/** What is to be done about one pushed row. */
export type Verdict =
  | {
      readonly kind: 'write';
      readonly document: JsonDocument | null;
      /** Lineage of the new state: the version it was made from. */
      readonly base: string | null;
      readonly credit: Credit | null;
      readonly decisions: readonly Decision[];
    }
  /** Nothing to write: the state on the server already holds the change. */
  | { readonly kind: 'settled'; readonly version: string }
  | (Refusal & { readonly kind: 'refuse'; readonly decisions: readonly Decision[] });

/**
 * Decides one pushed row by lineage. A change made from the stored version, or continuing what the same replica wrote
 * from the same base, is a successor and taken as it is. Anything else met a state it did not know and is merged field
 * by field; deletions yield to changes, and a deleted document does not come back. Pure.
 */
export function decide(input: DecideInput): Verdict {
  const verdict = resolve(input);
  if (verdict.kind !== 'write' || verdict.document === null) return verdict;
  const problem = problemOf(admissible(input, verdict.document));
  return problem === null ? verdict : { kind: 'refuse', ...problem, decisions: [] };
}

function resolve(input: DecideInput): Verdict {
  const { change, stored } = input;
  if (stored === null) return meetNothing(input);
  if (stored.version === change.base) return succeed(input, stored);
  if (stored.author === change.replica && stored.base === change.base) return succeed(input, stored);
  if (stored.deleted) return meetTombstone(input, stored);
  if (change.document === null) return yieldToChange(stored);
  return merge(input, stored, change.document);
}

function meetNothing(input: DecideInput): Verdict {
  const { change, epoch, floor } = input;
  if (change.document === null) {
    return { kind: 'settled', version: change.base ?? formatVersion({ epoch, seq: 0, tag: '' }) };
  }
  const base = change.base === null ? null : parseVersion(change.base);
  // A version of this history at or below the floor was here once: only a deletion that was compacted takes it away.
  if (base !== null && base.epoch === epoch && base.seq <= floor) return documentDeleted(change);
  return insert(input, base === null ? change.document : withoutServerFields(input, change.document));
}

/** The fields of the server in a document that a restored store lost: a replica had them only to read. */
function withoutServerFields({ datastore }: DecideInput, document: JsonDocument): JsonDocument {
  const kept = Object.entries(document).filter(([field]) => !datastore.fields[field]?.serverOnly);
  return Object.fromEntries(kept) as JsonDocument;
}

function meetTombstone(input: DecideInput, stored: MetState): Verdict {
  const { change, credit, pulledTo } = input;
  if (change.document === null) return { kind: 'settled', version: stored.version };
  if (change.base !== null) return documentDeleted(change);
  // The insert was counted before and the replica has not seen the deletion: this is the same insert again, not a new one.
  const repeated = credit !== null && credit.base === null && pulledTo < stored.seq;
  return repeated ? documentDeleted(change) : insert(input, change.document);
}

function insert({ datastore, change }: DecideInput, document: JsonDocument): Verdict {
  const amounts = change.base === null ? realAmounts(datastore, null, document) : claimedAmounts(datastore, change);
  return { kind: 'write', document, base: change.base, credit: { base: change.base, amounts }, decisions: [] };
}

function succeed(input: DecideInput, stored: MetState): Verdict {
  const { datastore, change, asSeen } = input;
  const write = { kind: 'write' as const, base: change.base, decisions: [] };
  if (change.document === null) {
    return stored.deleted ? { kind: 'settled', version: stored.version } : { ...write, document: null, credit: null };
  }
  const current = stored.deleted ? null : stored.document;
  const document = current === null ? change.document : overlay(current, asSeen(current), change.document);
  if (current !== null && sameJson(document, current)) return { kind: 'settled', version: stored.version };
  const direct = stored.version === change.base;
  const amounts = direct ? realAmounts(datastore, current, document) : claimedAmounts(datastore, change);
  return { ...write, document, credit: creditToKeep(input, amounts) };
}

/** Puts what the replica changed of what it sees over the whole document: fields newer than its schema stay. */
function overlay(current: JsonDocument, seen: JsonDocument, document: JsonDocument): JsonDocument {
  if (seen === current) return document;
  const result: Record<string, JsonDocument[string]> = { ...current };
  for (const field of new Set([...Object.keys(seen), ...Object.keys(document)])) {
    if (sameJson(seen[field], document[field])) continue;
    if (document[field] === undefined) delete result[field];
    else result[field] = document[field];
  }
  return result as JsonDocument;
}

function merge(input: DecideInput, stored: MetState, document: JsonDocument): Verdict {
  const { datastore, change, credit, asSeen } = input;
  const problem = problemOf({ ...admissible(input, document), fields: change.changed, whole: false });
  if (problem !== null) return { kind: 'refuse', ...problem, decisions: [] };
  const open = withoutCredit(datastore, change, credit);
  const counts = open.changed.some((field) => datastore.fields[field]?.counter);
  // Equal content proves that the change is already here, but never for counters: two tills may both go from 10 to 9.
  if (!counts && sameJson(asSeen(stored.document), document)) return { kind: 'settled', version: stored.version };
  const merged = mergeChange(datastore, stored.document, open);
  if (sameJson(merged.document, stored.document)) {
    return survives(input, merged.document)
      ? { kind: 'settled', version: stored.version }
      : { ...changeConflict('Every field it changed was changed on the server as well.'), decisions: merged.decisions };
  }
  const amounts = claimedAmounts(datastore, change);
  return {
    kind: 'write',
    document: merged.document,
    base: stored.version,
    credit: creditToKeep(input, amounts),
    decisions: merged.decisions,
  };
}

function survives({ datastore, change }: DecideInput, result: JsonDocument): boolean {
  if (change.changed.length === 0) return true;
  return change.changed.some(
    (field) => datastore.fields[field]?.counter || sameJson(result[field], change.document?.[field]),
  );
}

function yieldToChange(stored: MetState): Verdict {
  const decision: Decision = {
    field: '*',
    rule: 'change-beats-deletion',
    base: null,
    server: stored.document,
    replica: null,
    result: stored.document,
  };
  return { ...changeConflict('It was changed on the server since, so it was not deleted.'), decisions: [decision] };
}

/** Inserts are always kept, so that a repeated insert is told from a new one; other credit only where it counts something. */
function creditToKeep({ change, credit }: DecideInput, amounts: Readonly<Record<string, number>>): Credit | null {
  const known = Object.keys(creditFor(change, credit)).length > 0;
  const counts = known || Object.values(amounts).some((amount) => amount !== 0);
  return change.base === null || counts ? { base: change.base, amounts } : null;
}

function admissible({ datastore, stored }: DecideInput, document: JsonDocument): Admissible {
  const before = stored === null || stored.deleted ? null : stored.document;
  return { datastore, before, document, fields: Object.keys(datastore.fields), whole: true };
}

function documentDeleted({ id }: PushedChange): Verdict {
  return refuse('DOCUMENT_DELETED', `"${id}" was deleted on the server before this change of it arrived.`);
}

function changeConflict(message: string) {
  return refuse('CHANGE_CONFLICT', message);
}

function refuse(code: DatastoreErrorCode, message: string) {
  return { kind: 'refuse' as const, is: 'conflict' as const, code, message, decisions: [] };
}
