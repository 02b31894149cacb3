import type {
  BulkWriteRow,
  BulkWriteRowProcessed,
  CategorizeBulkWriteRowsOutput,
  EventBulk,
  RxDocumentData,
  RxStorageChangeEvent,
  RxStorageInstance,
  RxStorageWriteError,
  StringKeys,
} from 'rxdb';
import { categorizeBulkWriteRows, stripAttachmentsDataFromDocument } from 'rxdb';
import { type AttachmentBytes, writeAttachments } from './attachments.ts';
import type { Checkpoint } from './changes.ts';
import type { Layout } from './layout.ts';
import type { IndexWriter } from './search/index-writer.ts';
import { textKey } from './sort-key.ts';
import { documentOf, STORED_TEXTS, type StoredTexts, textsOf } from './stored-texts.ts';
import type { Table } from './table.ts';

/** Events of one write, with the checkpoint behind its last document. */
export type Changes<RxDocType> = EventBulk<RxStorageChangeEvent<RxDocumentData<RxDocType>>, Checkpoint>;

/** What a write did: rows that were refused, and events to emit once it is committed. */
export interface Written<RxDocType> {
  readonly errors: RxStorageWriteError<RxDocType>[];
  readonly changes: Changes<RxDocType>[];
}

/** One call of bulkWrite, with the bytes of its attachments already read. */
export interface Write<RxDocType> {
  readonly rows: BulkWriteRow<RxDocType>[];
  readonly context: string;
  readonly attachments: AttachmentBytes;
}

/** Where rows go: the table, and its search index if it has one. */
export interface Target<RxDocType> {
  readonly table: Table;
  readonly instance: RxStorageInstance<RxDocType, unknown, unknown>;
  readonly search: IndexWriter | undefined;
}

/**
 * Writes rows. Call it in a transaction: the revisions are read inside it, after the write lock is taken, so no other
 * process can write between the conflict check and the write.
 */
export function writeRows<RxDocType>(
  target: Target<RxDocType>,
  { rows, context, attachments }: Write<RxDocType>,
): Written<RxDocType> {
  const { table, instance } = target;
  const errors: RxStorageWriteError<RxDocType>[] = [];
  const changes: Changes<RxDocType>[] = [];
  const { sequence } = table.connection.commits;
  let seq = sequence.last();
  const before = seq;
  for (const round of withoutRepeats(rows, table.layout.idOf)) {
    const stored = storedStates(table, round);
    const primaryPath = table.layout.primaryPath as StringKeys<RxDocType>;
    const sorted = categorizeBulkWriteRows<RxDocType>(instance, primaryPath, stored, round, context);
    seq = insertDocuments(target, sorted.bulkInsertDocs, seq);
    seq = updateDocuments(target, sorted.bulkUpdateDocs, seq);
    if (table.attachments) writeAttachments(table, sorted, attachments);
    errors.push(...sorted.errors);
    const events = storedEvents(table, sorted);
    if (events.length > 0) changes.push({ ...sorted.eventBulk, events, checkpoint: { seq } });
  }
  if (seq > before) sequence.give(seq);
  return { errors, changes };
}

/** RxDB sorts rows against the state before the call: a second row for an id must see what the first one did to it. */
function withoutRepeats<RxDocType>(rows: BulkWriteRow<RxDocType>[], idOf: Layout['idOf']): BulkWriteRow<RxDocType>[][] {
  const rounds: BulkWriteRow<RxDocType>[][] = [];
  const seen = new Map<string, number>();
  for (const row of rows) {
    const id = idOf(row.document);
    const round = seen.get(id) ?? 0;
    seen.set(id, round + 1);
    const target = rounds[round];
    if (target) target.push(row);
    else rounds.push([row]);
  }
  return rounds;
}

/** Where the revision is the expected one, the state the caller sent is the stored one: only conflicting rows are parsed. */
function storedStates<RxDocType>(
  { docs, layout, statements }: Table,
  rows: readonly BulkWriteRow<RxDocType>[],
): Map<string, RxDocumentData<RxDocType>> {
  const revision = statements.pluck<string>(`SELECT rev FROM ${docs} WHERE id = ?`);
  const states = new Map<string, RxDocumentData<RxDocType>>();
  for (const { document, previous } of rows) {
    const id = layout.idOf(document);
    const stored = revision.get(textKey(id));
    if (stored === undefined) continue;
    states.set(id, previous?._rev === stored ? previous : parsedState(statements, docs, id));
  }
  return states;
}

function parsedState<RxDocType>(statements: Table['statements'], docs: string, id: string): RxDocumentData<RxDocType> {
  const texts = statements.raw<StoredTexts>(`SELECT ${STORED_TEXTS} FROM ${docs} WHERE id = ?`).get(textKey(id));
  if (texts === undefined) throw new Error('A document vanished inside a transaction');
  return documentOf(texts);
}

/** Returns the last sequence number given. */
function insertDocuments<RxDocType>(
  { table: { layout, statements, insertSql }, search }: Target<RxDocType>,
  rows: readonly BulkWriteRowProcessed<RxDocType>[],
  after: number,
): number {
  const insert = statements.prepare(insertSql);
  let seq = after;
  for (const { document } of rows) {
    const id = textKey(layout.idOf(document));
    const { lastInsertRowid } = insert.run(++seq, ...stateOf(document), id, ...layout.keysOf(document));
    if (!document._deleted) search?.put(Number(lastInsertRowid), document);
  }
  return seq;
}

/** Returns the last sequence number given. */
function updateDocuments<RxDocType>(
  { table: { docs, layout, statements, updateSql, updateContentSql }, search }: Target<RxDocType>,
  rows: readonly BulkWriteRowProcessed<RxDocType>[],
  after: number,
): number {
  const update = statements.prepare(updateSql);
  const updateContent = statements.prepare(updateContentSql);
  let seq = after;
  const rowOf = statements.pluck<number>(`SELECT row FROM ${docs} WHERE id = ?`);
  for (const { document, previous } of rows) {
    const id = textKey(layout.idOf(document));
    const [rev, deleted, ...content] = stateOf(document);
    const keys = layout.keysOf(document);
    // SQLite writes every index anew of which a column is set, also to the same value.
    if (previous !== undefined && previous._deleted === document._deleted && areSame(keys, layout.keysOf(previous))) {
      updateContent.run(++seq, rev, ...content, id);
    } else update.run(++seq, rev, deleted, ...content, ...keys, id);
    if (search) updateIndex(search, rowOf.get(id) ?? 0, { document, previous });
  }
  return seq;
}

function areSame(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.every((value, at) => value === others[at]);
}

function updateIndex<RxDocType>(
  search: IndexWriter,
  row: number,
  states: { readonly document: RxDocumentData<RxDocType>; readonly previous: RxDocumentData<RxDocType> | undefined },
): void {
  if (states.document._deleted) search.remove(row);
  else search.put(row, states.document, states.previous?._deleted ? undefined : states.previous);
}

function stateOf<RxDocType>(document: RxDocumentData<RxDocType>): [string, number, number, string, string] {
  return [document._rev, document._deleted ? 1 : 0, document._meta.lwt, ...textsOf(document)];
}

/** RxDB lists events also for rows refused for a missing attachment, and leaves Blobs in those of deleted documents. */
function storedEvents<RxDocType>(
  { attachments }: Table,
  { eventBulk, errors }: CategorizeBulkWriteRowsOutput<RxDocType>,
): RxStorageChangeEvent<RxDocumentData<RxDocType>>[] {
  if (!attachments) return eventBulk.events;
  const refused = new Set(errors.map((error) => error.documentId));
  return eventBulk.events
    .filter((event) => !refused.has(event.documentId))
    .map((event) => ({ ...event, documentData: stripAttachmentsDataFromDocument(event.documentData) }));
}
