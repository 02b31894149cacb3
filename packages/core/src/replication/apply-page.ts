import type { PulledRow } from '../protocol/pull.ts';
import type { Journal } from '../replica/journal.ts';
import { editKey, journalKey, type QuarantinedDocument } from '../replica/journal-entry.ts';
import type { ReplicatedStorage } from '../replica/journaled-storage.ts';
import { contentOf, replicationRow, type StoredDocument, serverMetaOf } from '../replica/stored.ts';
import type { Datastore } from '../schema/datastore.ts';
import { issuesOf } from '../schema/validate.ts';
import { holdRows } from './hold-rows.ts';
import { isNewer } from './newer.ts';
import { writeRows } from './write-rows.ts';

/** Most documents written in one go, so that local reads get their turn in between. */
const SLICE = 250;

/** Where a page is applied. */
export interface ApplyTarget {
  readonly datastore: Datastore;
  readonly storage: ReplicatedStorage;
  readonly journal: Journal;
  /** Current generation of each scope; 0 where it is missing. */
  readonly generations: Readonly<Record<string, number>>;
  readonly now: () => number;
}

/**
 * Writes pulled rows into the replica, each once. A document with unpushed edits is left alone: the server merges them
 * when they are pushed, and the answer brings its state; the row is kept in the journal in case nothing is pushed. A document that does not fit the schema is set aside alone.
 * Returns how many documents changed. Resolves when they are durable; only then may the checkpoint move on.
 */
export async function applyPage(target: ApplyTarget, rows: readonly PulledRow[]): Promise<number> {
  let written = 0;
  for (let start = 0; start < rows.length; start += SLICE) {
    const slice = rows.slice(start, start + SLICE);
    written += await target.storage.lock.run(() => applySlice(target, slice));
  }
  return written;
}

async function applySlice(target: ApplyTarget, rows: readonly PulledRow[]): Promise<number> {
  const { instance } = target.storage;
  const { valid, quarantined } = await sort(target, rows);
  await target.journal.put(quarantined);
  let waiting = valid;
  let written = 0;
  while (waiting.length > 0) {
    const ids = waiting.map(idOf);
    const stored = new Map((await instance.findDocumentsById(ids, true)).map((document) => [document.id, document]));
    // Asked after the documents were read: an edit is journalled before its document, so none can be overlooked.
    const edited = await target.journal.held(ids.map((id) => editKey(target.datastore, id)));
    const blocked = waiting.filter((row) => edited.has(editKey(target.datastore, idOf(row))));
    const settled = await holdRows(
      target,
      blocked.map((row) => ({ row, stored: stored.get(idOf(row)) })),
    );
    const free = waiting.filter((row) => !edited.has(editKey(target.datastore, idOf(row))));
    const writes = free.flatMap((row) => rowToWrite(target, row, stored.get(idOf(row))) ?? []);
    // Another tab wrote in between: look again, it may be an edit that is to be left alone.
    const lost = await writeRows(instance, writes);
    written += writes.length - lost.size;
    waiting = waiting.filter((row) => lost.has(idOf(row)) || settled.has(idOf(row)));
  }
  return written;
}

function rowToWrite(target: ApplyTarget, row: PulledRow, stored: StoredDocument | undefined) {
  const generation = target.generations[row.s] ?? 0;
  const known = serverMetaOf(stored);
  // A page that was on its way while a push was answered may hold an older state than the answer brought.
  if (known.generation === generation && known.scope === row.s && !isNewer(row.v, known.version)) return null;
  const deleted = 'del' in row;
  if (deleted && stored === undefined) return null;
  const content = deleted ? contentOf(stored as StoredDocument) : row.doc;
  return replicationRow({ previous: stored, content, deleted, meta: { version: row.v, scope: row.s, generation } });
}

async function sort(target: ApplyTarget, rows: readonly PulledRow[]) {
  const valid: PulledRow[] = [];
  const quarantined: QuarantinedDocument[] = [];
  const released: string[] = [];
  for (const row of rows) {
    const name = { kind: 'quarantined', datastore: target.datastore.name, id: idOf(row) } as const;
    const issues = 'del' in row ? [] : issuesOf(target.datastore, row.doc);
    if (issues.length === 0) {
      valid.push(row);
      if (target.journal.index.has(journalKey(name))) released.push(journalKey(name));
    } else {
      const reason = issues.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
      const generation = target.generations[row.s] ?? 0;
      quarantined.push({ ...name, version: row.v, scope: row.s, generation, reason, at: target.now() });
    }
  }
  await target.journal.remove(released);
  return { valid, quarantined };
}

function idOf(row: PulledRow): string {
  return 'del' in row ? row.del : row.doc.id;
}
