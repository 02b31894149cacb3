import { createRevision, fillWithDefaultSettings, now, type RxDocumentData, type RxJsonSchema } from 'rxdb';
import { type JournalEntry, journalKey } from './journal-entry.ts';
import type { IndexedEntry, JournalIndex } from './journal-index.ts';

/** How an entry of the journal is stored. */
export interface JournalRow {
  readonly key: string;
  readonly kind: string;
  readonly datastore: string;
  readonly id: string;
  readonly order: number;
  readonly entry: JournalEntry | null;
}

/** The schema of the journal's storage. */
export const journalSchema: RxJsonSchema<RxDocumentData<JournalRow>> = fillWithDefaultSettings<JournalRow>({
  version: 0,
  primaryKey: 'key',
  type: 'object',
  properties: {
    key: { type: 'string', maxLength: 240 },
    kind: { type: 'string' },
    datastore: { type: 'string' },
    id: { type: 'string' },
    order: { type: 'number' },
    entry: { type: ['object', 'null'] },
  },
  required: ['key', 'kind', 'datastore', 'id', 'order', 'entry'],
});

/** A write of one entry. */
export interface JournalWrite {
  readonly document: RxDocumentData<JournalRow>;
  readonly previous?: RxDocumentData<JournalRow>;
}

/** The write that puts an entry in place of the stored one, or removes it (null). */
export function journalWrite(
  key: string,
  entry: JournalEntry | null,
  previous: RxDocumentData<JournalRow> | undefined,
): JournalWrite {
  const document: RxDocumentData<JournalRow> = {
    key,
    kind: entry?.kind ?? previous?.kind ?? '',
    datastore: entry?.datastore ?? previous?.datastore ?? '',
    id: entry?.id ?? previous?.id ?? '',
    order: entry?.kind === 'edit' || entry?.kind === 'rejected' ? entry.order : 0,
    entry,
    _deleted: entry === null,
    _attachments: {},
    _meta: { lwt: now() },
    _rev: createRevision('journal', previous),
  };
  return previous === undefined ? { document } : { document, previous };
}

/** The write that removes an entry of which only the name is known. */
export function journalRemoval(entry: IndexedEntry): JournalWrite {
  const { document } = journalWrite(journalKey(entry as JournalEntry), null, undefined);
  return { document: { ...document, kind: entry.kind, datastore: entry.datastore, id: entry.id } };
}

/** Takes what is stored into the index. */
export function remember(index: JournalIndex, row: RxDocumentData<JournalRow>): void {
  if (row._deleted) index.delete(row.key);
  else
    index.set(row.key, {
      kind: row.kind as JournalEntry['kind'],
      datastore: row.datastore,
      id: row.id,
      order: row.order,
    });
}

/** Rows by their keys. */
export function byKey(rows: readonly RxDocumentData<JournalRow>[]): Map<string, RxDocumentData<JournalRow>> {
  return new Map(rows.map((row) => [row.key, row]));
}
