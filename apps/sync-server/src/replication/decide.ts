import type { DatastoreErrorCode } from '@datastores/core';
import { formatVersion, parseVersion } from '@datastores/core/protocol';
import {
  canonicalJson,
  type Datastore,
  type Decision,
  type DocumentChange,
  type JsonDocument,
  type JsonValue,
  mergeChange,
  sameJson,
} from '@datastores/core/schema';
import { type FieldDigests, hadValue } from '../store/field-digests.ts';
import { fieldText } from '../store/field-text.ts';
import { type Admissible, fieldProblem, problemOf, type Refusal, sizeProblem } from './admit.ts';
import { ageOf } from './age.ts';
import type { PushedChange } from './change.ts';
import { type Credit, claimedAmounts, creditFor, realAmounts, withoutCredit } from './counters.ts';
import { type Forbids, forbiddenState } from './forbids.ts';

/** The state on the server that a change meets, in the server's schema version. */
export interface MetState {
  readonly seq: number;
  readonly version: string;
  readonly deleted: boolean;
  readonly author: string;
  readonly base: string | null;
  /** The document, parsed when it is asked for first: a row that follows on it does not need it. */
  readonly document: () => JsonDocument;
  /** Its canonical JSON text; null if that is of another schema version. */
  readonly text: string | null;
}

/** Everything the decision over one pushed row depends on. */
export interface DecideInput {
  readonly datastore: Datastore;
  readonly change: PushedChange;
  readonly stored: MetState | null;
  /** The newest row of this replica that was decided on this document. */
  readonly credit: Credit | null;
  /** The states of this replica from the base of that row that others have written over, asked for where it matters. */
  readonly overtaken: () => readonly FieldDigests[];
  /** Name of the store's history, and the number below which its tombstones are gone. */
  readonly epoch: string;
  readonly floor: number;
  /** Number in the feed of the scope that the replica has pulled up to. */
  readonly pulledTo: number;
  /** The access rules, as far as they concern the caller; null where there are none. */
  readonly forbids: Forbids | null;
  /** What the replica sees of a document, where its schema version is older; null: all of it. */
  readonly asSeen: ((document: JsonDocument) => JsonDocument) | null;
}

/** What is to be done about one pushed row, and what to keep of it as the newest of its replica; null: keep what there is. */
export type Verdict = Resolution & { readonly credit: Credit | null };

type Resolution =
  | {
      readonly kind: 'write';
      readonly document: JsonDocument | null;
      /** The canonical JSON text of the document; null until it is known, and where there is none. */
      readonly text: string | null;
      /** Lineage of the new state: the version it was made from. */
      readonly base: string | null;
      readonly amounts: Readonly<Record<string, number>>;
      readonly decisions: readonly Decision[];
    }
  /** Nothing to write: the state on the server already holds the change, or what was decided to be kept of it. */
  | { readonly kind: 'settled'; readonly version: string; readonly decisions?: readonly Decision[] }
  | (Refusal & { readonly kind: 'refuse'; readonly decisions: readonly Decision[] });

/**
 * Decides one pushed row by lineage. A change made from the stored version, or continuing what the same replica wrote
 * from the same base, is a successor and taken as it is. Anything else met a state it did not know and is merged field
 * by field; deletions yield to changes, and a deleted document does not come back. A row that is older than one of the same
 * replica that was decided before has no effect any more. Pure.
 */
export function decide(input: DecideInput): Verdict {
  const resolution = admitted(input, resolve(input));
  const credit = creditAfter(input, resolution);
  if (resolution.kind !== 'write') return { ...resolution, credit };
  // Field by field, since a spread costs as much as the whole decision where nearly every row comes along.
  const { kind, document, text, base, amounts, decisions } = resolution;
  return { kind, document, text, base, amounts, decisions, credit };
}

function admitted(input: DecideInput, resolution: Resolution): Resolution {
  if (resolution.kind !== 'write') return resolution;
  const forbidden = forbiddenState(input, resolution.document);
  if (forbidden !== null) return { kind: 'refuse', ...forbidden, decisions: [] };
  if (resolution.document === null) return resolution;
  const text = resolution.text ?? canonicalJson(resolution.document);
  // The size first: the schema may find a million faults in what is too large.
  const problem = sizeProblem(text) ?? problemOf(admissible(input, resolution.document));
  if (problem !== null) return { kind: 'refuse', ...problem, decisions: [] };
  const { kind, document, base, amounts, decisions } = resolution;
  return { kind, document, text, base, amounts, decisions };
}

function resolve(input: DecideInput): Resolution {
  const { change, stored, credit } = input;
  if (stored === null) return meetNothing(input);
  // Made after the replica had seen this tombstone, which therefore cannot be what came after the row.
  const anew = stored.deleted && change.base === null && isMadeAfter(input, stored);
  const age = anew ? 'newer' : ageOf(change, credit);
  if (age === 'older') return comeLate(input, stored);
  if (stored.version === change.base) return succeed(input, stored);
  if (stored.author === change.replica && stored.base === change.base) return succeed(input, stored);
  if (stored.deleted) return meetTombstone(input, stored);
  // It counted when it came first; whoever wrote the document since knew it, and must not be overwritten by the repeat.
  if (age === 'same' && credit?.refused === false) return { kind: 'settled', version: stored.version };
  if (change.guarded) return changeConflict('The document is no longer as this change was made of.');
  if (change.document === null) return yieldToChange(stored);
  return merge(input, stored, change.document);
}

/**
 * A row that was overtaken by a newer one of its own replica. The replica has long stopped to wait for the answer; should
 * its device have been put back to an older state, the refusal keeps the change in the rejected list.
 */
function comeLate({ change, asSeen }: DecideInput, stored: MetState): Resolution {
  const settled = { kind: 'settled' as const, version: stored.version };
  if (change.document === null) return stored.deleted ? settled : changeConflict(OVERTAKEN);
  if (stored.deleted) return documentDeleted(change);
  return sameJson(seen(asSeen, stored.document()), change.document) ? settled : changeConflict(OVERTAKEN);
}

const OVERTAKEN = 'A newer change of it by this replica arrived before.';

function meetNothing(input: DecideInput): Resolution {
  const { change, epoch, floor } = input;
  const base = change.base === null ? null : parseVersion(change.base);
  // A version of this history at or below the floor was here once: only a deletion that was compacted takes it away.
  const isCompacted = base !== null && base.epoch === epoch && base.seq <= floor;
  if (change.document === null) {
    // Of what a restored store lost a tombstone is kept: an edit by another replica that had it would insert it anew.
    if (base !== null && !isCompacted) {
      return { kind: 'write', document: null, text: null, base: change.base, amounts: {}, decisions: [] };
    }
    return { kind: 'settled', version: change.base ?? formatVersion({ epoch, seq: 0, tag: '' }) };
  }
  if (isCompacted) return documentDeleted(change);
  return insert(input, base === null ? change.document : withoutServerFields(input, change.document));
}

/** The fields of the server in a document that a restored store lost: a replica had them only to read. */
function withoutServerFields({ datastore }: DecideInput, document: JsonDocument): JsonDocument {
  const kept = Object.entries(document).filter(([field]) => !datastore.fields[field]?.serverOnly);
  return Object.fromEntries(kept) as JsonDocument;
}

function meetTombstone(input: DecideInput, stored: MetState): Resolution {
  const { change, credit } = input;
  if (change.document === null) return { kind: 'settled', version: stored.version };
  if (change.base !== null) return documentDeleted(change);
  // The replica wrote the document before and has not seen the deletion: this is the same insert again, not a new one.
  const repeated = credit !== null && !isMadeAfter(input, stored);
  return repeated ? documentDeleted(change) : insert(input, change.document);
}

/** Whether the replica had pulled the stored state when it made the change. What it pulled since is held back by the change. */
function isMadeAfter({ change, pulledTo }: DecideInput, stored: MetState): boolean {
  return pulledTo >= stored.seq && change.held === undefined;
}

function insert({ datastore, change }: DecideInput, document: JsonDocument): Resolution {
  const amounts = change.base === null ? realAmounts(datastore, null, document) : claimedAmounts(datastore, change);
  return { kind: 'write', document, text: null, base: change.base, amounts, decisions: [] };
}

function succeed(input: DecideInput, stored: MetState): Resolution {
  const { datastore, change, credit } = input;
  const { base } = change;
  if (change.document === null) {
    if (stored.deleted) return { kind: 'settled', version: stored.version };
    return { kind: 'write', document: null, text: null, base, amounts: creditFor(change, credit), decisions: [] };
  }
  const { document, text, isNew } = succession(input, stored, change.document);
  if (!isNew) return { kind: 'settled', version: stored.version };
  const direct = stored.version === base;
  const amounts = direct ? realAmounts(datastore, fieldsOf(stored), document) : claimedAmounts(datastore, change);
  return { kind: 'write', document, text, base, amounts, decisions: [] };
}

/** The document after a row that takes the stored one on. Texts tell whether it is a new one, unless one is to be converted. */
function succession({ asSeen }: DecideInput, stored: MetState, sent: JsonDocument) {
  if (stored.deleted) return { document: sent, text: null, isNew: true };
  if (asSeen === null && stored.text !== null) {
    const text = canonicalJson(sent);
    return { document: sent, text, isNew: text !== stored.text };
  }
  const current = stored.document();
  const document = asSeen === null ? sent : overlay(current, asSeen(current), sent);
  return { document, text: null, isNew: !sameJson(document, current) };
}

/** Puts what the replica changed of what it sees over the whole document: fields newer than its schema stay. */
function overlay(current: JsonDocument, seen: JsonDocument, document: JsonDocument): JsonDocument {
  const result: Record<string, JsonDocument[string]> = { ...current };
  for (const field of new Set([...Object.keys(seen), ...Object.keys(document)])) {
    if (sameJson(seen[field], document[field])) continue;
    if (document[field] === undefined) delete result[field];
    else result[field] = document[field];
  }
  return result as JsonDocument;
}

function merge(input: DecideInput, stored: MetState, document: JsonDocument): Resolution {
  const { datastore, change, credit, asSeen } = input;
  const problem = fieldProblem(admissible(input, document), change.changed);
  if (problem !== null) return { kind: 'refuse', ...problem, decisions: [] };
  const open = withoutOvertaken(input, withoutCredit(datastore, change, credit));
  const counts = open.changed.some((field) => datastore.fields[field]?.counter);
  // Equal content proves that the change is already here, but never for counters: two tills may both go from 10 to 9.
  const current = stored.document();
  if (!counts && sameJson(seen(asSeen, current), document)) return { kind: 'settled', version: stored.version };
  const merged = mergeChange(datastore, current, open);
  if (sameJson(merged.document, current)) {
    return survives(datastore, open, merged.document)
      ? { kind: 'settled', version: stored.version, decisions: merged.decisions }
      : { ...changeConflict('Every field it changed was changed on the server as well.'), decisions: merged.decisions };
  }
  const amounts = claimedAmounts(datastore, change);
  const { document: result, decisions } = merged;
  return { kind: 'write', document: result, text: null, base: stored.version, amounts, decisions };
}

/**
 * The change without the fields that an earlier row of the replica from the same base brought already: whoever wrote over
 * them since knew them or decided against them, and must not be overwritten by their repeat beside a newer edit.
 */
function withoutOvertaken({ datastore, change, credit, overtaken }: DecideInput, open: DocumentChange): DocumentChange {
  if (credit === null || credit.base !== change.base) return open;
  const states = overtaken();
  if (states.length === 0) return open;
  const isRepeat = (field: string) =>
    !datastore.fields[field]?.counter && states.some((state) => hadValue(state, field, open.document[field]));
  return { ...open, changed: open.changed.filter((field) => !isRepeat(field)) };
}

function survives(datastore: Datastore, { changed, document }: DocumentChange, result: JsonDocument): boolean {
  if (changed.length === 0) return true;
  return changed.some((field) => datastore.fields[field]?.counter || sameJson(result[field], document[field]));
}

function yieldToChange(stored: MetState): Resolution {
  const decision: Decision = {
    field: '*',
    rule: 'change-beats-deletion',
    base: null,
    server: stored.document(),
    replica: null,
    result: stored.document(),
  };
  return { ...changeConflict('It was changed on the server since, so it was not deleted.'), decisions: [decision] };
}

/** Also of a row that was refused or had nothing to write: an older one that comes after it must not take effect instead. */
function creditAfter({ change, stored, credit }: DecideInput, resolution: Resolution): Credit | null {
  const { base, edit } = change;
  if (resolution.kind === 'write') return { base, edit, refused: false, amounts: resolution.amounts };
  // Kept with the document, and removed with its tombstone.
  if (stored === null || ageOf(change, credit) !== 'newer') return null;
  return { base, edit, refused: resolution.kind === 'refuse', amounts: creditFor(change, credit) };
}

function admissible({ datastore, stored }: DecideInput, document: JsonDocument): Admissible {
  return { datastore, before: stored === null ? null : fieldsOf(stored), document };
}

/** The fields of a living state, one by one out of its text where it can be. */
function fieldsOf(stored: MetState): ((field: string) => JsonValue | undefined) | null {
  if (stored.deleted) return null;
  const { text } = stored;
  if (text === null) return (field) => stored.document()[field];
  return (field) => {
    const value = fieldText(text, field);
    return value === undefined ? undefined : (JSON.parse(value) as JsonValue);
  };
}

function seen(asSeen: DecideInput['asSeen'], document: JsonDocument): JsonDocument {
  return asSeen === null ? document : asSeen(document);
}

function documentDeleted({ id }: PushedChange): Resolution {
  return refuse('DOCUMENT_DELETED', `"${id}" was deleted on the server before this change of it arrived.`);
}

function changeConflict(message: string) {
  return refuse('CHANGE_CONFLICT', message);
}

function refuse(code: DatastoreErrorCode, message: string) {
  return { kind: 'refuse' as const, is: 'conflict' as const, code, message, decisions: [] };
}
