import type { TextRow } from '@datastores/core';
import type { RxDocumentData, RxDocumentMeta } from 'rxdb';
import { textKey } from './sort-key.ts';
import { documentOf, metaIn, STORED_TEXTS, type StoredTexts } from './stored-texts.ts';
import type { Table } from './table.ts';

/** The documents of these ids that exist, in the order of the ids. Deleted ones only where asked for. */
export function findById<RxDocType>(
  { docs, statements }: Table,
  ids: readonly string[],
  withDeleted: boolean,
): RxDocumentData<RxDocType>[] {
  const [first] = ids;
  if (first === undefined) return [];
  const alive = withDeleted ? '' : 'AND deleted = 0';
  if (ids.length === 1) {
    const sql = `SELECT ${STORED_TEXTS} FROM ${docs} WHERE id = ? ${alive}`;
    const one = statements.raw<StoredTexts>(sql).get(textKey(first));
    return one === undefined ? [] : [documentOf(one)];
  }
  const sql = `SELECT ${STORED_TEXTS} FROM json_each(?) CROSS JOIN ${docs} ON ${docs}.id = json_each.value ${alive}`;
  const found = statements.raw<StoredTexts>(sql).all(JSON.stringify(ids.map(textKey)));
  return found.map((texts) => documentOf(texts));
}

/** `_meta` of the documents of these ids that exist, deleted ones too. */
export function findMeta({ docs, statements }: Table, ids: readonly string[]): Map<string, RxDocumentMeta> {
  const tail = statements.pluck<string>(`SELECT tail FROM ${docs} WHERE id = ?`);
  const found = new Map<string, RxDocumentMeta>();
  for (const id of ids) {
    const text = tail.get(textKey(id));
    if (text !== undefined) found.set(id, metaIn(text));
  }
  return found;
}

/** The documents of these ids that exist, deleted ones too, each with the text of its content. */
export function findTexts<RxDocType>({ docs, statements }: Table, ids: readonly string[]): TextRow<RxDocType>[] {
  const sql = `SELECT ${STORED_TEXTS} FROM json_each(?) CROSS JOIN ${docs} ON ${docs}.id = json_each.value`;
  const found = statements.raw<StoredTexts>(sql).all(JSON.stringify(ids.map(textKey)));
  return found.map((texts) => ({ document: documentOf(texts), text: texts[0] }));
}
