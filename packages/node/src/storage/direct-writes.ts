import type { PurgeRow, TextRow } from '@datastores/core';
import type { BulkWriteRow, RxDocumentData, RxStorageChangeEvent } from 'rxdb';
import { randomToken } from 'rxdb/plugins/utils';
import { textKey } from './sort-key.ts';
import { documentOf, STORED_TEXTS, type StoredTexts, tailOf } from './stored-texts.ts';
import type { Table } from './table.ts';
import type { Changes, Target } from './write.ts';

/** What a direct write did: the ids it left alone, and what to tell of the others once it is committed. */
export interface DirectlyWritten<RxDocType> {
  readonly left: ReadonlySet<string>;
  readonly changes: Changes<RxDocType> | undefined;
}

type Event<RxDocType> = RxStorageChangeEvent<RxDocumentData<RxDocType>>;

/** Stores new documents as the text they came as. Call it in a transaction. Those that are there already are left alone. */
export function insertTexts<RxDocType>(
  { table, search }: Pick<Target<RxDocType>, 'table' | 'search'>,
  rows: readonly TextRow<RxDocType>[],
  context: string,
): DirectlyWritten<RxDocType> {
  const { layout, statements } = table;
  const insert = statements.prepare(`${table.insertSql} ON CONFLICT (id) DO NOTHING`);
  return eachRow<RxDocType, TextRow<RxDocType>>(table, { rows, context }, ({ document, text }, seq) => {
    const documentId = layout.idOf(document);
    const { _rev, _meta } = document;
    const values = [_rev, 0, _meta.lwt, text, tailOf(document), textKey(documentId), ...layout.keysOf(document)];
    const { changes, lastInsertRowid } = insert.run(seq, ...values);
    if (changes === 0) return documentId;
    search?.put(Number(lastInsertRowid), document);
    return { operation: 'INSERT', documentId, documentData: document, previousDocumentData: undefined };
  });
}

/** Writes anew what RxDB adds to documents whose content stays. Those of another revision than `previous` are left alone. */
export function restamp<RxDocType>(
  table: Table,
  rows: readonly Required<BulkWriteRow<RxDocType>>[],
  context: string,
): DirectlyWritten<RxDocType> {
  const { layout, statements, docs } = table;
  const update = statements.prepare(
    `UPDATE ${docs} SET seq = ?, rev = ?, lwt = ?, tail = ? WHERE id = ? AND rev = ? AND deleted = 0`,
  );
  return eachRow(table, { rows, context }, ({ document: written, previous }, seq) => {
    const document = written as RxDocumentData<RxDocType>;
    const documentId = layout.idOf(document);
    const values = [document._rev, document._meta.lwt, tailOf(document), textKey(documentId), previous._rev];
    if (update.run(seq, ...values).changes === 0) return documentId;
    return { operation: 'UPDATE', documentId, documentData: document, previousDocumentData: previous };
  });
}

/** Stores documents as the text they came as, in place of whatever is there. Call it in a transaction. */
export function replace<RxDocType>(
  { table, search }: Pick<Target<RxDocType>, 'table' | 'search'>,
  rows: readonly TextRow<RxDocType>[],
  context: string,
): DirectlyWritten<RxDocType> {
  const { layout, statements, docs } = table;
  const read = statements.raw<[number, ...StoredTexts]>(`SELECT row, ${STORED_TEXTS} FROM ${docs} WHERE id = ?`);
  return eachRow<RxDocType, TextRow<RxDocType>>(table, { rows, context }, ({ document, text }, seq) => {
    const documentId = layout.idOf(document);
    const id = textKey(documentId);
    const { _rev, _meta } = document;
    const state = [seq, _rev, 0, _meta.lwt, text, tailOf(document)];
    const keys = layout.keysOf(document);
    const [row, ...texts] = read.get(id) ?? [null];
    if (row === null) {
      const { lastInsertRowid } = statements.prepare(table.insertSql).run(...state, id, ...keys);
      search?.put(Number(lastInsertRowid), document);
      return { operation: 'INSERT', documentId, documentData: document, previousDocumentData: undefined };
    }
    statements.prepare(table.updateSql).run(...state, ...keys, id);
    search?.put(row, document);
    const previous = readable<RxDocType>(texts as unknown as StoredTexts) ?? document;
    return previous._deleted
      ? { operation: 'INSERT', documentId, documentData: document, previousDocumentData: undefined }
      : { operation: 'UPDATE', documentId, documentData: document, previousDocumentData: previous };
  });
}

function readable<RxDocType>(texts: StoredTexts): RxDocumentData<RxDocType> | null {
  try {
    return documentOf(texts);
  } catch {
    return null;
  }
}

/** Removes documents without a trace. Those of another revision are left alone. */
export function purge<RxDocType>(
  { table, search }: Pick<Target<RxDocType>, 'table' | 'search'>,
  rows: readonly PurgeRow<RxDocType>[],
  context: string,
): DirectlyWritten<RxDocType> {
  const { layout, statements, docs } = table;
  const remove = statements.pluck<number>(`DELETE FROM ${docs} WHERE id = ? AND rev = ifnull(?, rev) RETURNING row`);
  return eachRow(table, { rows, context }, ({ document, revision }) => {
    const documentId = layout.idOf(document);
    const row = remove.get(textKey(documentId), revision);
    if (row === undefined) return documentId;
    search?.remove(row);
    return { operation: 'DELETE', documentId, documentData: document, previousDocumentData: document };
  });
}

/** Runs `write` for each row with the number it gets; it returns what happened, or the id of a row that is left alone. */
function eachRow<RxDocType, Row>(
  table: Table,
  { rows, context }: { readonly rows: readonly Row[]; readonly context: string },
  write: (row: Row, seq: number) => Event<RxDocType> | string,
): DirectlyWritten<RxDocType> {
  const left = new Set<string>();
  const events: Event<RxDocType>[] = [];
  const { sequence } = table.connection.commits;
  let seq = sequence.last();
  for (const row of rows) {
    const done = write(row, seq + 1);
    if (typeof done === 'string') left.add(done);
    else {
      seq += 1;
      events.push(done);
    }
  }
  if (events.length === 0) return { left, changes: undefined };
  sequence.give(seq);
  return { left, changes: { id: randomToken(10), events, checkpoint: { seq }, context } };
}
