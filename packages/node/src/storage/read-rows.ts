import type { StoredRow } from '@datastores/core';
import type { RxDocumentData } from 'rxdb';
import { type SqlValue, textKey, textOf } from './sort-key.ts';
import { documentOf, STORED_TEXTS, type StoredTexts } from './stored-texts.ts';
import type { Table } from './table.ts';

type Row = readonly [
  place: number,
  id: unknown,
  ...StoredTexts,
  rev: string,
  deleted: number,
  lwt: number,
  ...keys: SqlValue[],
];

type ReadTable = Pick<Table, 'docs' | 'layout' | 'statements'>;

/** The next rows behind a place, in the order in which they lie in the file. One that is damaged is told, not thrown. */
export function readRows<RxDocType>(table: ReadTable, after: number, most: number): StoredRow<RxDocType>[] {
  const { docs, layout, statements } = table;
  const keys = layout.keyPaths.map((_, at) => `, k${at}`).join('');
  const sql = `SELECT row, id, ${STORED_TEXTS}, rev, deleted, lwt${keys} FROM ${docs} WHERE row > ? ORDER BY row LIMIT ?`;
  return statements
    .raw<Row>(sql)
    .all(after, most)
    .map((row) => {
      const document = soundDocument<RxDocType>(table, row);
      const [place, id] = row;
      return { place, document, id: document === null ? textOf(String(id)) : layout.idOf(document) };
    });
}

/** The document of a row, if it is what the columns say that queries look at. */
function soundDocument<RxDocType>({ layout }: ReadTable, row: Row): RxDocumentData<RxDocType> | null {
  const [, id, data, tail, rev, deleted, lwt, ...keys] = row;
  let document: RxDocumentData<RxDocType>;
  try {
    document = documentOf<RxDocType>([data, tail]);
    if (textKey(layout.idOf(document)) !== id) return null;
    const { _rev, _deleted, _meta } = document;
    if (_rev !== rev || (_deleted ? 1 : 0) !== deleted || _meta.lwt !== lwt) return null;
  } catch {
    return null;
  }
  const expected = layout.keysOf(document);
  return expected.every((key, at) => isSame(key, keys[at] ?? null)) ? document : null;
}

function isSame(one: SqlValue, other: SqlValue): boolean {
  return Buffer.isBuffer(one) ? Buffer.isBuffer(other) && one.equals(other) : one === other;
}
