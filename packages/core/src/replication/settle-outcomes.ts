import { type BulkWriteRow, getHeightOfRevision } from 'rxdb';
import { DatastoreError } from '../errors.ts';
import type { Checkpoint } from '../protocol/checkpoint.ts';
import type { PushAnswer, PushOutcome } from '../protocol/push.ts';
import { withAcknowledged } from '../replica/acknowledged.ts';
import type { DirectAccess } from '../replica/direct-access.ts';
import {
  type Base,
  type EditEntry,
  journalKey,
  type PullState,
  type RejectedChange,
} from '../replica/journal-entry.ts';
import {
  contentOf,
  REPLICATION_CONTEXT,
  replicationRow,
  type StoredDocument,
  serverMetaOf,
} from '../replica/stored.ts';
import type { Document, JsonDocument } from '../schema/document.ts';
import type { ApplyTarget } from './apply-page.ts';
import type { PendingChange } from './collect-changes.ts';
import { overruledEdit, rebasedEdit } from './overruled-edit.ts';
import { freshPullState } from './pull-state.ts';
import { refusedChange } from './refused-change.ts';
import { lostOf, writeRows } from './write-rows.ts';

/** What a push changes locally for one document. */
export interface Settlement {
  readonly pending: PendingChange;
  readonly outcome: PushOutcome;
  /** The state the server now has, which is the new base; null where the change is refused but was edited meanwhile. */
  readonly base: Base | null;
  /** True if the document was edited after it was sent: it stays in the journal, on the new base. */
  readonly edited: boolean;
  /** True for a deletion made meanwhile that gives way to what the answer says others have changed. */
  readonly yields?: boolean;
}

/**
 * Takes in the answers to a push. What is acknowledged and was not touched since leaves the journal; what was edited
 * meanwhile stays, on its new base; what was refused goes to the rejected list before anything else is changed, and the
 * document takes the server's state. Where in the feed the answer stands is kept with it, and not later: once nothing is
 * unpushed any more, only that tells a store that has lost it. Each step is durable before the next, so a crash in between
 * repeats, never loses.
 */
export async function settleOutcomes(
  target: ApplyTarget,
  pending: readonly PendingChange[],
  { outcomes, acknowledged }: Pick<PushAnswer, 'outcomes' | 'acknowledged'>,
): Promise<void> {
  if (
    outcomes.length !== pending.length ||
    outcomes.some((outcome, index) => outcome.id !== pending[index]?.entry.id)
  ) {
    throw new DatastoreError('REQUEST_INVALID', 'The server did not answer every row of a push.');
  }
  await target.storage.lock.run(async () => {
    const refused = outcomes.flatMap((outcome, index) => refusedChange(target, outcome, pending[index]) ?? []);
    if (refused.length > 0) await target.journal.put(refused);
    let waiting = outcomes.map((outcome, index) => ({ outcome, pending: pending[index] as PendingChange }));
    // Most documents are as they were sent; those that are not fail the check of their revision, and are read again.
    let stored = new Map(pending.map((change) => [change.entry.id, change.stored]));
    while (waiting.length > 0) {
      const settlements = waiting.map((item) => settlement(item, stored.get(item.outcome.id)));
      const overruled = settlements.flatMap((item) => overruledEdit(target, item, stored.get(item.outcome.id)) ?? []);
      if (overruled.length > 0) await target.journal.put(overruled);
      const lost = await store(target, { settlements, stored, acknowledged });
      waiting = waiting.filter(({ outcome }) => lost.has(outcome.id));
      if (lost.size > 0) stored = byId(await target.storage.instance.findDocumentsById([...lost], true));
    }
  });
}

interface Answered {
  readonly outcome: PushOutcome;
  readonly pending: PendingChange;
}

function settlement({ outcome, pending }: Answered, stored: StoredDocument | undefined): Settlement {
  const edited = stored !== undefined && stored._rev !== pending.revision;
  const refused = outcome.is === 'conflict' || outcome.is === 'rejected';
  if (refused && edited && keepsBase(pending, outcome.document, stored)) {
    return { pending, outcome, base: null, edited };
  }
  if (outcome.is === 'merged' && edited && stored._deleted && pending.sent !== null) {
    const document = JSON.parse(outcome.document) as JsonDocument;
    return { pending, outcome, edited: false, yields: true, base: { version: outcome.version, document } };
  }
  if (outcome.is === 'accepted')
    return { pending, outcome, edited, base: { version: outcome.version, document: pending.sent } };
  // The server could not read the row and so did not look the document up: it says nothing about its state.
  if (outcome.is === 'rejected' && outcome.code === 'REQUEST_INVALID' && outcome.version === null) {
    return { pending, outcome, edited, base: lastKnown(pending) };
  }
  const document = outcome.document === null ? null : (JSON.parse(outcome.document) as JsonDocument);
  return { pending, outcome, edited, base: { version: outcome.version, document } };
}

/**
 * Whether what was made after a refused change still has the base of that. It takes the server's state for its base where it
 * came after another replica's, whose part in it is settled; but a deletion, and what came after one, is none of that state:
 * it would delete or replace unseen what others have made.
 */
function keepsBase({ replica, sent }: PendingChange, document: string | null, stored: StoredDocument): boolean {
  return replica === null || document === null || sent === null || stored._deleted;
}

function lastKnown({ base, entry: { held } }: PendingChange): Base {
  return held === undefined ? base : { version: held.version, document: held.document };
}

/** Stores the new states and then the journal. Returns the ids that another tab was faster with. */
async function store(target: ApplyTarget, settling: Settling): Promise<ReadonlySet<string>> {
  const { journal, storage } = target;
  const { settlements, stored, acknowledged } = settling;
  const settled = settlements.filter((item) => item.base !== null);
  const { direct } = storage.instance;
  if (direct !== undefined && journal.transactions === direct.transactions) {
    return storeTogether(target, direct, settling);
  }
  await journal.update<PullState>([stateKey(target)], noting(target, acknowledged));
  const writes = documentWrites(target, { settlements, stored });
  const twoSteps = settled.filter(
    (item) => item.edited || item.yields || item.pending.replica !== null || journal.shared,
  );
  await rebase(target, twoSteps, (entry, item) => ({
    ...withSettled(entry, stored.get(entry.id)),
    order: orderAfter(target, entry, item),
    base: item.pending.base,
    next: item.base as Base,
  }));
  const lost = await writeRows(storage.instance, writes);
  const done = settlements.filter((item) => !lost.has(item.outcome.id));
  const { keys, change } = journalChanges(target, done);
  await journal.update<EditEntry | RejectedChange>(keys, change);
  return lost;
}

interface Settling {
  readonly settlements: readonly Settlement[];
  readonly stored: ReadonlyMap<string, StoredDocument>;
  readonly acknowledged: Checkpoint;
}

/**
 * Stores both in one transaction. What was accepted as it was sent changes its place in the feed alone. If the power fails
 * before that is on disk, the changes are pushed again, which has no second effect.
 */
async function storeTogether(
  target: ApplyTarget,
  direct: DirectAccess<Document>,
  { settlements, stored, acknowledged }: Settling,
): Promise<ReadonlySet<string>> {
  const asSent = settlements.filter((item) => isAsSent(item, stored));
  const others = settlements.filter((item) => !isAsSent(item, stored));
  const { keys, change } = journalChanges(target, others);
  const place = await target.journal.plan<PullState>([stateKey(target)], noting(target, acknowledged));
  const plan = await target.journal.plan<EditEntry | RejectedChange>(keys, change);
  const removal = target.journal.planRemoval(asSent.flatMap((item) => settledKeys(target, item)));
  const stamps = documentWrites(target, { settlements: asSent, stored }) as Required<BulkWriteRow<Document>>[];
  const writes = documentWrites(target, { settlements: others, stored });
  return direct.transactions.repeatable(() => {
    place.write();
    const left = stamps.length === 0 ? [] : direct.restamp(stamps, REPLICATION_CONTEXT);
    const refused = writes.length === 0 ? [] : lostOf(direct.bulkWrite(writes, REPLICATION_CONTEXT));
    const lost = new Set([...left, ...refused]);
    const kept = new Set(
      settlements.filter((item) => lost.has(item.outcome.id)).flatMap((item) => settledKeys(target, item)),
    );
    removal.write(kept);
    plan.write(kept);
    return lost;
  });
}

function stateKey({ datastore }: ApplyTarget): string {
  return journalKey(freshPullState(datastore));
}

function noting({ datastore }: ApplyTarget, acknowledged: Checkpoint) {
  return (state: PullState | null) =>
    state === null && Object.keys(acknowledged).length === 0
      ? null
      : withAcknowledged(state ?? freshPullState(datastore), acknowledged);
}

function isAsSent({ outcome, edited }: Settlement, stored: Settling['stored']): boolean {
  return outcome.is === 'accepted' && !edited && stored.get(outcome.id)?._deleted === false;
}

function settledKeys({ journal }: ApplyTarget, item: Settlement): readonly string[] {
  const key = journalKey(item.pending.entry);
  const refusal = rejectedKey(item.pending.entry);
  return isApplied(item) && journal.index.has(refusal) ? [key, refusal] : [key];
}

function documentWrites(target: ApplyTarget, { settlements, stored }: Omit<Settling, 'acknowledged'>) {
  return settlements.flatMap((item) => {
    const previous = stored.get(item.outcome.id);
    return previous === undefined || item.base === null ? [] : [documentWrite(target, item, previous)];
  });
}

function byId(documents: readonly StoredDocument[]): Map<string, StoredDocument> {
  return new Map(documents.map((document) => [document.id, document]));
}

/**
 * What becomes of the entries once the documents are stored: an edit that is settled goes unless it was counted up
 * meanwhile, one that was edited stays on its new base, and an earlier refusal of what is now applied is no loss any more.
 * What was refused as another replica's is over; what came after it is this one's, from the base that it had.
 */
function journalChanges(target: ApplyTarget, done: readonly Settlement[]) {
  const { journal } = target;
  const settled = done.filter(({ base, pending }) => base !== null || pending.replica !== null);
  const edits = new Map(settled.map((item) => [journalKey(item.pending.entry), item]));
  const refusals = settled.filter(isApplied).map(({ pending }) => rejectedKey(pending.entry));
  const change = (current: EditEntry | RejectedChange | null, key: string) => {
    const item = edits.get(key);
    if (item === undefined || current?.kind === 'rejected') return null;
    const { entry } = item.pending;
    if (item.base !== null && !item.edited) return item.yields || current?.edits === entry.edits ? null : current;
    const { origin: _, ...own } = current ?? entry;
    const order = orderAfter(target, own, item);
    if (item.base === null) return { ...own, order };
    const { next: __, held: ___, ...kept } = own;
    return { ...kept, order, base: item.base };
  };
  return { keys: [...edits.keys(), ...refusals.filter((key) => journal.index.has(key))], change };
}

/** What was edited after a refused edit of another replica is pushed without it, and must not take it off the rejected list. */
function orderAfter({ journal }: ApplyTarget, entry: EditEntry, { pending, outcome, edited }: Settlement): number {
  const refused = outcome.is === 'conflict' || outcome.is === 'rejected';
  return refused && edited && pending.replica !== null ? journal.index.nextOrder() : entry.order;
}

/** The document that is written next holds the answer: a crash before the entry is must not bring it in once more. */
function withSettled(entry: EditEntry, stored: StoredDocument | undefined): EditEntry {
  const { origin } = entry;
  if (origin?.frozen === undefined || stored === undefined) return entry;
  const settledAt = getHeightOfRevision(stored._rev) + 1;
  return { ...entry, origin: { ...origin, frozen: { ...origin.frozen, settledAt } } };
}

/** Changes the entries as they are now: another tab may have counted an edit of its own in them. */
async function rebase(
  { journal }: ApplyTarget,
  settlements: readonly Settlement[],
  change: (entry: EditEntry, settlement: Settlement) => EditEntry,
): Promise<void> {
  if (settlements.length === 0) return;
  const byKey = new Map(settlements.map((item) => [journalKey(item.pending.entry), item]));
  await journal.update<EditEntry>([...byKey.keys()], (current, key) => {
    const item = byKey.get(key) as Settlement;
    return change(current ?? item.pending.entry, item);
  });
}

/** An edit that was refused and edited again may be taken in the end: then its first part is no longer a loss. */
function isApplied({ outcome, pending }: Settlement): boolean {
  return !pending.undone && (outcome.is === 'accepted' || outcome.is === 'merged');
}

function rejectedKey({ datastore, id, order }: EditEntry): string {
  return journalKey({ kind: 'rejected', datastore, id, order });
}

function documentWrite(target: ApplyTarget, { outcome, pending, base, edited }: Settlement, previous: StoredDocument) {
  const { version, document } = base as Base;
  const { version: _, ...known } = serverMetaOf(previous);
  const meta = { ...metaOf(known), ...(version === null ? {} : { version, ...placeOf(target, outcome) }) };
  if (!edited) {
    return replicationRow({ previous, content: document ?? contentOf(previous), deleted: document === null, meta });
  }
  const local = contentOf(previous);
  if (previous._deleted || document === null || pending.sent === null) {
    return replicationRow({ previous, content: local, deleted: previous._deleted, meta });
  }
  const merged = rebasedEdit(target.datastore, { document, sent: pending.sent, local });
  return replicationRow({ previous, content: merged.document, deleted: false, meta });
}

/** Where the server has the document, so that it goes with its scope and with the tail that a restored store lost. */
function placeOf({ generations }: ApplyTarget, { scope }: PushOutcome) {
  return scope === null ? {} : { scope, generation: generations[scope] ?? 0 };
}

function metaOf({ scope, generation }: { readonly scope?: string; readonly generation?: number }) {
  return { ...(scope === undefined ? {} : { scope }), ...(generation === undefined ? {} : { generation }) };
}
