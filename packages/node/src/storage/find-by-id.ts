import type { TextRow } from '@datastores/core';
import type { RxDocumentData } from 'rxdb';
import { textKey } from './sort-key.ts';
import { documentOf, STORED_TEXTS, type StoredTexts } from './stored-texts.ts';
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

/** The documents of these ids that exist, deleted ones too, each with the text of its content. */
export function findTexts<RxDocType>({ docs, statements }: Table, ids: readonly string[]): TextRow<RxDocType>[] {
  const sql = `SELECT ${STORED_TEXTS} FROM json_each(?) CROSS JOIN ${docs} ON ${docs}.id = json_each.value`;
  const found = statements.raw<StoredTexts>(sql).all(JSON.stringify(ids.map(textKey)));
  return found.map((texts) => ({ document: documentOf(texts), text: texts[0] }));
}
