import type { BulkWriteRow, RxStorageBulkWriteResponse, RxStorageWriteError } from 'rxdb';
import type { Datastore } from '../schema/datastore.ts';
import type { Document } from '../schema/document.ts';
import type { Journal } from './journal.ts';
import { type EditEntry, journalKey } from './journal-entry.ts';
import { storageProblem } from './storable.ts';
import { contentOf, type StorageInstance, type StoredDocument, serverMetaOf } from './stored.ts';

type Row = BulkWriteRow<Document>;
type Response = RxStorageBulkWriteResponse<Document>;

/** What a local write works on. */
export interface LocalWriteTarget {
  readonly datastore: Datastore;
  readonly journal: Journal;
  /** The storage below the journal. */
  readonly instance: StorageInstance;
}

/**
 * Stores rows that the application wrote. Each document that is not yet in the journal gets an entry with the state the
 * server knows, before the document itself is stored: a crash in between leaves an entry equal to its base, which the
 * next push drops, and never an edit that nobody knows of. Rows that are invalid or too large are refused one by one.
 */
export async function writeLocally(target: LocalWriteTarget, rows: Row[], context: string): Promise<Response> {
  const { journal } = target;
  const refused: RxStorageWriteError<Document>[] = [];
  const accepted = rows.filter((row) => {
    const error = refusal(target, row);
    if (error !== null) refused.push(error);
    return error === null;
  });
  if (accepted.length === 0) return { error: refused };

  const known = await knownEntries(target, accepted);
  const created = newEntries(target, accepted, known);
  const bumped = journal.shared ? [...known.values()].map((entry) => ({ ...entry, edits: entry.edits + 1 })) : [];
  await journal.put([...created, ...bumped]);
  const response = await target.instance.bulkWrite(withVersions(accepted, [...created, ...known.values()]), context);
  await forgetFailed(journal, created, response);
  return refused.length === 0 ? response : { error: [...response.error, ...refused] };
}

function refusal({ datastore, instance }: LocalWriteTarget, row: Row): RxStorageWriteError<Document> | null {
  if (row.document._deleted) return null;
  const problem = storageProblem(datastore, contentOf(row.document));
  if (problem === null) return null;
  return {
    status: 422,
    isError: true,
    documentId: row.document.id,
    writeRow: row,
    context: 'local write',
    schema: instance.schema,
    validationErrors: [{ field: '', message: problem.message }],
  };
}

/**
 * The entries that these documents already have. What is only in memory is enough for this process; where the journal is
 * shared the storage is asked, because another tab may have made or cleared one a moment ago.
 */
async function knownEntries({ datastore, journal }: LocalWriteTarget, rows: readonly Row[]) {
  const keys = rows.map(({ document }) => journalKey({ kind: 'edit', datastore: datastore.name, id: document.id }));
  return journal.read<EditEntry>(journal.shared ? keys : keys.filter((key) => journal.index.has(key)));
}

function newEntries(
  { datastore, journal }: LocalWriteTarget,
  rows: readonly Row[],
  known: ReadonlyMap<string, EditEntry>,
): EditEntry[] {
  const entries: EditEntry[] = [];
  for (const { document, previous } of rows) {
    const name = { kind: 'edit', datastore: datastore.name, id: document.id } as const;
    if (known.has(journalKey(name))) continue;
    const existed = previous !== undefined && !previous._deleted;
    entries.push({
      ...name,
      order: journal.index.nextOrder(),
      edits: 0,
      base: { version: serverMetaOf(previous).version ?? null, document: existed ? contentOf(previous) : null },
    });
  }
  return entries;
}

/**
 * The version inside a document says which base its journal entry has to have. RxDB carries it along through updates but
 * not through an insert over a tombstone, so it is set from the entry.
 */
function withVersions(rows: readonly Row[], entries: readonly EditEntry[]): Row[] {
  const versions = new Map(entries.map((entry) => [entry.id, entry.base.version]));
  return rows.map((row) => {
    const wanted = versions.get(row.document.id) ?? undefined;
    if (wanted === serverMetaOf(row.document).version) return row;
    const { version: _, ...meta } = row.document._meta as StoredDocument['_meta'] & { version?: string };
    const document = { ...row.document, _meta: wanted === undefined ? meta : { ...meta, version: wanted } };
    return { ...row, document: document as StoredDocument };
  });
}

/** A row that lost a race has not changed its document, and the base taken for it may be an old one. */
async function forgetFailed(journal: Journal, created: readonly EditEntry[], response: Response): Promise<void> {
  if (response.error.length === 0) return;
  const failed = new Set(response.error.map((error) => error.documentId));
  await journal.remove(created.filter((entry) => failed.has(entry.id)).map(journalKey));
}
