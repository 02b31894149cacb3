import { getHeightOfRevision } from 'rxdb';
import type { PushRow } from '../protocol/push.ts';
import type { Journal } from '../replica/journal.ts';
import { type Base, type EditEntry, journalKey } from '../replica/journal-entry.ts';
import { contentOf, type StorageInstance, type StoredDocument, serverMetaOf } from '../replica/stored.ts';
import type { JsonDocument } from '../schema/document.ts';
import { diffDocument } from '../schema/merge.ts';
import type { ApplyTarget } from './apply-page.ts';
import { dropVain } from './drop-vain.ts';

/** One change on its way to the server, and what it was made from, so that the answer clears only what was sent. */
export interface PendingChange {
  readonly entry: EditEntry;
  /** The base that holds, of the two that an entry can have. */
  readonly base: Base;
  /** JSON text of the {@link PushRow}. */
  readonly text: string;
  /** Who made the change, if not this replica: the one that its journal was copied from. */
  readonly replica: string | null;
  /** The document when it was sent. */
  readonly stored: StoredDocument;
  /** Revision of the document that was sent; another one at the answer means that it was edited meanwhile. */
  readonly revision: string;
  /** Content that was sent; null for a deletion. */
  readonly sent: JsonDocument | null;
  /**
   * True if the document is as its base again: whatever becomes of the row, no change of the user is lost, unless a deletion
   * meets a document that is there.
   */
  readonly undone: boolean;
}

/** How long an entry without a visible change is left alone where other tabs may be in the middle of writing it. */
const VAIN_GRACE_MS = 5_000;

/** Keys of the unpushed edits of a datastore, oldest first. */
export function editKeys({ journal, datastore }: Pick<ApplyTarget, 'journal' | 'datastore'>): readonly string[] {
  if (journal.index.count('edit', datastore.name) === 0) return [];
  const edits = [...journal.index.values()].filter(
    (entry) => entry.kind === 'edit' && entry.datastore === datastore.name,
  );
  return edits.sort((a, b) => a.order - b.order).map(journalKey);
}

/** Changes for one push, and the keys that are left for the next. */
export interface Collected {
  readonly pending: readonly PendingChange[];
  readonly rest: readonly string[];
}

/**
 * The changes of the first of these edits, as many as fit into one push, all made by one replica. Entries without a
 * change of theirs (a crash came between journal and document) are dropped on the way.
 */
export async function collectChanges(
  target: ApplyTarget,
  keys: readonly string[],
  { maxRows, maxBytes }: { readonly maxRows: number; readonly maxBytes: number },
): Promise<Collected> {
  const { journal, storage } = target;
  return storage.lock.run(async () => {
    const pending: PendingChange[] = [];
    const vain: EditEntry[] = [];
    let bytes = 0;
    let taken = 0;
    collecting: while (taken < keys.length && pending.length < maxRows && bytes < maxBytes) {
      const batch = keys.slice(taken, taken + maxRows - pending.length);
      const entries = await journal.read<EditEntry>(batch);
      const stored = await readTexts(
        storage.instance,
        [...entries.values()].map(({ id }) => id),
      );
      for (const key of batch) {
        if (bytes >= maxBytes) break;
        const entry = entries.get(key);
        const change = entry === undefined ? null : pendingChange(entry, stored.get(entry.id));
        // One push speaks for one replica; what another one made waits for the next.
        if (change !== null && pending[0] !== undefined && pending[0].replica !== change.replica) break collecting;
        taken += 1;
        if (entry !== undefined && change === null) vain.push(entry);
        if (change === null) continue;
        pending.push(change);
        bytes += change.text.length;
      }
    }
    await dropVain(target, journal.shared ? vain.filter((entry) => isOld(target, entry)) : vain);
    return { pending, rest: keys.slice(taken) };
  });
}

/** Documents by id, with the text of each where the storage has it at hand. */
async function readTexts(instance: StorageInstance, ids: readonly string[]) {
  const rows: readonly ReadText[] =
    instance.direct?.readTexts(ids) ??
    (await instance.findDocumentsById([...ids], true)).map((document) => ({ document, text: undefined }));
  return new Map(rows.map((row) => [row.document.id, row]));
}

interface ReadText {
  readonly document: StoredDocument;
  readonly text: string | undefined;
}

/** Which base holds is told by the version inside the document; a document with neither is not a local change of this entry. */
function pendingChange(entry: EditEntry, read: ReadText | undefined): PendingChange | null {
  if (read === undefined) return null;
  const { document: stored } = read;
  const { version = null, scope } = serverMetaOf(stored);
  const base = [entry.base, entry.next].find((candidate) => candidate?.version === version);
  if (base === undefined) return null;
  const { replica, edit, document: sent, revision } = toSend(entry, stored);
  const common = { entry, base, replica, stored, revision };
  const head = { id: entry.id, base: base.version, ...met(entry, base.version === null ? undefined : scope), edit };
  // An edit that was undone is sent all the same: an earlier state of it may have been applied and its answer lost.
  if (sent === null) {
    const undone = base.document === null;
    return { ...common, sent, undone, text: rowText({ ...head, changed: [], was: {} }, 'null') };
  }
  const { changed, was } = diffDocument(base.document, sent);
  const undone = base.document !== null && changed.length === 0;
  return { ...common, sent, undone, text: rowText({ ...head, changed, was }, textOf(sent, read, replica)) };
}

/** What the row says of where the document was, and of what came since. */
function met({ held }: EditEntry, scope: string | undefined): Pick<PushRow, 'scope' | 'held'> {
  const version = held?.version ?? undefined;
  return { ...(scope === undefined ? {} : { scope }), ...(version === undefined ? {} : { held: version }) };
}

/** The text that is stored, unless what is sent is an earlier state. */
function textOf(sent: JsonDocument, { text }: ReadText, replica: string | null): string {
  return text === undefined || replica !== null ? JSON.stringify(sent) : text;
}

/** The JSON text of a row, with the document as the text that is stored. */
function rowText(row: Omit<PushRow, 'doc'>, document: string): string {
  return `${JSON.stringify(row).slice(0, -1)},"doc":${document}}`;
}

/** The document as it is, or as it was where this journal was copied; of that state no later revision is the one sent. */
function toSend({ origin }: EditEntry, stored: StoredDocument) {
  const edit = editNumber(stored);
  const frozen = origin?.frozen;
  if (origin === undefined || frozen === undefined || edit >= (frozen.settledAt ?? Number.POSITIVE_INFINITY)) {
    return { replica: null, edit, document: stored._deleted ? null : contentOf(stored), revision: stored._rev };
  }
  const revision = edit === frozen.edit ? stored._rev : '';
  return { replica: origin.replica, edit: frozen.edit, document: frozen.document, revision };
}

/**
 * The height of the revision ("12-abc" is 12). Every write of the document raises it, by the application or by replication,
 * through a deletion and a schema migration too, so of two rows from one base the newer has the greater number. It counts
 * for this document on this replica alone. It starts over only where a tombstone was cleaned up, which needs a pushed
 * deletion: what comes after has another base.
 */
function editNumber(stored: StoredDocument): number {
  return getHeightOfRevision(stored._rev);
}

/** When each entry without a change was first met, per journal. */
const firstMet = new WeakMap<Journal, Map<string, number>>();

function isOld({ journal }: ApplyTarget, entry: EditEntry): boolean {
  const met = firstMet.get(journal) ?? new Map<string, number>();
  firstMet.set(journal, met);
  const key = `${journalKey(entry)}|${entry.edits}`;
  const now = performance.now();
  const since = met.get(key) ?? now;
  met.set(key, since);
  if (now - since < VAIN_GRACE_MS) return false;
  met.delete(key);
  return true;
}
