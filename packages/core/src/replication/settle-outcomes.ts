import { getHeightOfRevision } from 'rxdb';
import { DatastoreError } from '../errors.ts';
import type { PushOutcome } from '../protocol/push.ts';
import { type Base, type EditEntry, journalKey, type RejectedChange } from '../replica/journal-entry.ts';
import { contentOf, replicationRow, type StoredDocument, serverMetaOf } from '../replica/stored.ts';
import type { JsonDocument } from '../schema/document.ts';
import { diffDocument, mergeChange } from '../schema/merge.ts';
import type { ApplyTarget } from './apply-page.ts';
import type { PendingChange } from './collect-changes.ts';
import { writeRows } from './write-rows.ts';

/** What a push changes locally for one document. */
interface Settlement {
  readonly pending: PendingChange;
  readonly outcome: PushOutcome;
  /** The state the server now has, which is the new base; null where the change is refused but was edited meanwhile. */
  readonly base: Base | null;
  /** True if the document was edited after it was sent: it stays in the journal, on the new base. */
  readonly edited: boolean;
}

/**
 * Takes in the answers to a push. What is acknowledged and was not touched since leaves the journal; what was edited
 * meanwhile stays, on its new base; what was refused goes to the rejected list before anything else is changed, and the
 * document takes the server's state. Each step is durable before the next, so a crash in between repeats, never loses.
 */
export async function settleOutcomes(
  target: ApplyTarget,
  pending: readonly PendingChange[],
  outcomes: readonly PushOutcome[],
): Promise<void> {
  if (outcomes.length !== pending.length || outcomes.some((outcome, index) => outcome.id !== pending[index]?.row.id)) {
    throw new DatastoreError('REQUEST_INVALID', 'The server did not answer every row of a push.');
  }
  await target.storage.lock.run(async () => {
    await target.journal.put(outcomes.flatMap((outcome, index) => rejection(target, outcome, pending[index]) ?? []));
    let waiting = outcomes.map((outcome, index) => ({ outcome, pending: pending[index] as PendingChange }));
    while (waiting.length > 0) {
      const ids = waiting.map(({ outcome }) => outcome.id);
      const stored = new Map((await target.storage.instance.findDocumentsById(ids, true)).map((row) => [row.id, row]));
      const settlements = waiting.map((item) => settlement(item, stored.get(item.outcome.id)));
      const lost = await store(target, settlements, stored);
      waiting = waiting.filter(({ outcome }) => lost.has(outcome.id));
    }
  });
}

function settlement(
  { outcome, pending }: { readonly outcome: PushOutcome; readonly pending: PendingChange },
  stored: StoredDocument | undefined,
): Settlement {
  const edited = stored !== undefined && stored._rev !== pending.revision;
  const refused = outcome.is === 'conflict' || outcome.is === 'rejected';
  if (refused && edited && (pending.replica === null || outcome.document === null)) {
    return { pending, outcome, base: null, edited };
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

function lastKnown({ base, entry: { held } }: PendingChange): Base {
  return held === undefined ? base : { version: held.version, document: held.document };
}

/** Stores the new states and then the journal. Returns the ids that another tab was faster with. */
async function store(
  target: ApplyTarget,
  settlements: readonly Settlement[],
  stored: ReadonlyMap<string, StoredDocument>,
): Promise<ReadonlySet<string>> {
  const { journal, storage } = target;
  const settled = settlements.filter((item) => item.base !== null);
  const twoSteps = settled.filter((item) => item.edited || item.pending.replica !== null || journal.shared);
  await rebase(target, twoSteps, (entry, item) => ({
    ...withSettled(entry, stored.get(entry.id)),
    order: orderAfter(target, entry, item),
    base: item.pending.base,
    next: item.base as Base,
  }));
  const writes = settled.flatMap((item) => {
    const previous = stored.get(item.outcome.id);
    return previous === undefined ? [] : [documentWrite(target, item, previous)];
  });
  const lost = await writeRows(storage.instance, writes);
  const done = settled.filter((item) => !lost.has(item.outcome.id));
  const applied = done.filter(isApplied).map(({ pending }) => rejectedKey(pending.entry));
  await journal.remove(applied.filter((key) => journal.index.has(key)));
  await journal.removeSeen(done.filter((item) => !item.edited).map((item) => item.pending.entry));
  const edited = done.filter((item) => item.edited);
  await rebase(target, edited, ({ next: _, held: __, origin: ___, ...entry }, { base }) => ({
    ...entry,
    base: base as Base,
  }));
  // What was refused as another replica's is over; what came after it is this one's, from the base that it had.
  const over = settlements.filter((item) => item.base === null && item.pending.replica !== null);
  await rebase(target, over, ({ origin: _, ...entry }) => entry);
  return lost;
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

function documentWrite(target: ApplyTarget, { pending, base, edited }: Settlement, previous: StoredDocument) {
  const { version, document } = base as Base;
  const { version: _, ...known } = serverMetaOf(previous);
  const meta = { ...metaOf(known), ...(version === null ? {} : { version }) };
  if (!edited) {
    return replicationRow({ previous, content: document ?? contentOf(previous), deleted: document === null, meta });
  }
  const local = contentOf(previous);
  if (previous._deleted || document === null || pending.sent === null) {
    return replicationRow({ previous, content: local, deleted: previous._deleted, meta });
  }
  const merged = mergeChange(target.datastore, document, diffDocument(pending.sent, local));
  return replicationRow({ previous, content: merged.document, deleted: false, meta });
}

function metaOf({ scope, generation }: { readonly scope?: string; readonly generation?: number }) {
  return { ...(scope === undefined ? {} : { scope }), ...(generation === undefined ? {} : { generation }) };
}

function rejection(
  target: ApplyTarget,
  outcome: PushOutcome,
  pending: PendingChange | undefined,
): RejectedChange | null {
  if (pending === undefined || pending.undone || outcome.is === 'accepted' || outcome.is === 'merged') return null;
  return {
    kind: 'rejected',
    datastore: target.datastore.name,
    id: outcome.id,
    order: pending.entry.order,
    code: outcome.code,
    message: outcome.message,
    document: pending.sent,
    at: target.now(),
  };
}
