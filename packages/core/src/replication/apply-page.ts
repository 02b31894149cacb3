import { now } from 'rxdb';
import type { PulledRow } from '../protocol/pulled-rows.ts';
import type { TextRow } from '../replica/direct-access.ts';
import type { Journal } from '../replica/journal.ts';
import { editKey, journalKey, type QuarantinedDocument } from '../replica/journal-entry.ts';
import type { ReplicatedStorage } from '../replica/journaled-storage.ts';
import {
  contentOf,
  FIRST_REVISION,
  replicationRow,
  type ServerMeta,
  type StoredDocument,
  serverMetaOf,
} from '../replica/stored.ts';
import type { Datastore } from '../schema/datastore.ts';
import type { Document } from '../schema/document.ts';
import { issuesOf } from '../schema/validate.ts';
import { holdRows } from './hold-rows.ts';
import { letOthersRun } from './let-others-run.ts';
import { isNewer } from './newer.ts';
import { beginPull, type PullWrites } from './pull-writes.ts';

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
 * Returns how many documents changed. The checkpoint may move on after it, through the same writes.
 */
export async function applyPage(
  target: ApplyTarget,
  rows: readonly PulledRow[],
  writes: PullWrites = beginPull(target, false),
): Promise<number> {
  let written = 0;
  for (let start = 0; start < rows.length; ) {
    if (start > 0) await letOthersRun();
    const slice = rows.slice(start, start + writes.slice.documents);
    start += slice.length;
    written += await target.storage.lock.run(async () => {
      const begun = performance.now();
      const count = await applySlice(target, slice, writes);
      if (slice.length === writes.slice.documents) writes.slice.took(performance.now() - begun);
      return count;
    });
  }
  return written;
}

async function applySlice(target: ApplyTarget, rows: readonly PulledRow[], writes: PullWrites): Promise<number> {
  const { valid, quarantined } = await sortRows(target, rows);
  if (quarantined.length > 0) await target.journal.put(quarantined);
  const news = withoutKnown(target, valid, writes);
  const waiting = insertNew(target, news, writes);
  return news.length - waiting.length + (await applyRows(target, waiting, writes));
}

/** The replica's own changes come back to it. They are told by their versions, before any document is looked at. */
function withoutKnown(target: ApplyTarget, rows: readonly PulledRow[], { known }: PullWrites): readonly PulledRow[] {
  if (known === undefined) return rows;
  const metas = known(rows.map(idOf));
  return rows.filter((row) => {
    const meta = metas.get(idOf(row));
    return meta === undefined || isEdited(target, idOf(row)) || !isKnown(target, row, meta);
  });
}

/** A page that was on its way while a push was answered may hold an older state than the answer brought. */
function isKnown(target: ApplyTarget, row: PulledRow, known: ServerMeta): boolean {
  return known.generation === generationOf(target, row) && known.scope === row.s && !isNewer(row.v, known.version);
}

/** Most of a first pull is new: one write for each, without looking for it first. Returns the rows that are not. */
function insertNew(target: ApplyTarget, rows: readonly PulledRow[], { insert }: PullWrites): readonly PulledRow[] {
  if (insert === undefined) return rows;
  const lwt = now();
  const texts = rows.flatMap((row): TextRow<Document>[] => {
    if ('del' in row || isEdited(target, row.doc.id)) return [];
    return [{ text: row.text, document: newDocument(row, generationOf(target, row), lwt) }];
  });
  const inserted = new Set(texts.map(({ document }) => document.id));
  for (const id of insert(texts)) inserted.delete(id);
  return inserted.size === rows.length ? [] : rows.filter((row) => !inserted.has(idOf(row)));
}

function isEdited({ journal, datastore }: ApplyTarget, id: string): boolean {
  return journal.index.count('edit', datastore.name) > 0 && journal.index.has(editKey(datastore, id));
}

async function applyRows(target: ApplyTarget, rows: readonly PulledRow[], writes: PullWrites): Promise<number> {
  const { instance } = target.storage;
  let waiting = rows;
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
    const changes = free.flatMap((row) => rowToWrite(target, row, stored.get(idOf(row))) ?? []);
    // Another tab wrote in between: look again, it may be an edit that is to be left alone.
    const lost = await writes.write(changes);
    written += changes.length - lost.size;
    waiting = waiting.filter((row) => lost.has(idOf(row)) || settled.has(idOf(row)));
  }
  return written;
}

function rowToWrite(target: ApplyTarget, row: PulledRow, stored: StoredDocument | undefined) {
  const generation = generationOf(target, row);
  if (isKnown(target, row, serverMetaOf(stored))) return null;
  const deleted = 'del' in row;
  if (deleted && stored === undefined) return null;
  const content = deleted ? contentOf(stored as StoredDocument) : row.doc;
  return replicationRow({ previous: stored, content, deleted, meta: { version: row.v, scope: row.s, generation } });
}

/** Tells the rows apart that fit the schema; what does not is to be set aside, and what fits again is no longer. */
export async function sortRows(target: ApplyTarget, rows: readonly PulledRow[]) {
  const valid: PulledRow[] = [];
  const quarantined: QuarantinedDocument[] = [];
  const released: string[] = [];
  const known = target.journal.index.count('quarantined', target.datastore.name) > 0;
  for (const row of rows) {
    const issues = 'del' in row ? [] : issuesOf(target.datastore, row.doc);
    if (issues.length === 0 && !known) {
      valid.push(row);
      continue;
    }
    const name = { kind: 'quarantined', datastore: target.datastore.name, id: idOf(row) } as const;
    if (issues.length === 0) {
      valid.push(row);
      if (target.journal.index.has(journalKey(name))) released.push(journalKey(name));
    } else {
      const reason = issues.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
      const generation = generationOf(target, row);
      quarantined.push({ ...name, version: row.v, scope: row.s, generation, reason, at: target.now() });
    }
  }
  if (released.length > 0) await target.journal.remove(released);
  return { valid, quarantined };
}

function newDocument(row: Extract<PulledRow, { doc: unknown }>, generation: number, lwt: number): StoredDocument {
  // The parsed document is nobody else's: no copy of it is made.
  return Object.assign(row.doc as unknown as StoredDocument, {
    _deleted: false,
    _attachments: {},
    _meta: { lwt, version: row.v, scope: row.s, generation },
    _rev: FIRST_REVISION,
  });
}

function generationOf({ generations }: ApplyTarget, row: PulledRow): number {
  return generations[row.s] ?? 0;
}

function idOf(row: PulledRow): string {
  return 'del' in row ? row.del : row.doc.id;
}
