import { indexText } from '@datastores/core/search';
import type { Table } from '../table.ts';
import { fieldsOf, indexName, signatureOf } from './definition.ts';

/** The search index of a table as a transaction sees it that writes documents. */
export interface IndexWriter {
  /**
   * Takes a document into the index, in place of an earlier state of it. With `previous`, the state that is there, the
   * index is left alone where no text has changed.
   */
  put(row: number, document: object, previous?: object): void;
  /** Takes a document out of the index. */
  remove(row: number): void;
}

/**
 * Returns how to get the writer of the index that a table has at the moment; undefined if it has none. To be asked once
 * in each transaction: another process may have declared other fields since the last one.
 */
export function createIndexWriters(table: Table): () => IndexWriter | undefined {
  let known: { readonly signature: string; readonly writer: IndexWriter } | undefined;
  return () => {
    const signature = signatureOf(table);
    if (signature === undefined) return undefined;
    if (known?.signature !== signature) known = { signature, writer: createIndexWriter(table, fieldsOf(table)) };
    return known.writer;
  };
}

function createIndexWriter(table: Table, fields: readonly string[]): IndexWriter {
  const name = indexName(table);
  const columns = fields.map((_, at) => `, c${at}`).join('');
  const put = table.database.prepare(`REPLACE INTO ${name} (rowid${columns}) VALUES (?${', ?'.repeat(fields.length)})`);
  const remove = table.database.prepare(`DELETE FROM ${name} WHERE rowid = ?`);
  const textsIn = (document: object) => fields.map((field) => indexText(Reflect.get(document, field)));
  return {
    put(row, document, previous) {
      if (previous !== undefined && fields.every((field) => sameText(document, previous, field))) return;
      put.run(row, ...textsIn(document));
    },
    remove: (row) => {
      remove.run(row);
    },
  };
}

function sameText(one: object, other: object, field: string): boolean {
  const [text, before]: unknown[] = [Reflect.get(one, field), Reflect.get(other, field)];
  if (!Array.isArray(text) || !Array.isArray(before)) return text === before;
  return text.length === before.length && text.every((entry, at) => entry === before[at]);
}
