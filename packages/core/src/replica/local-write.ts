import type { BulkWriteRow, RxStorageBulkWriteResponse, RxStorageWriteError } from 'rxdb';
import type { Datastore } from '../schema/datastore.ts';
import type { Document } from '../schema/document.ts';
import type { Journal } from './journal.ts';
import { type Base, type EditEntry, editKey } from './journal-entry.ts';
import { storageProblem, takeChecked } from './storable.ts';
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
 * server knows, before or together with the document itself: a crash in between leaves an entry equal to its base, which
 * the next push drops, and never an edit that nobody knows of. Rows that are invalid or too large are refused one by one.
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

  const edits = await editsOf(target, accepted);
  const { entries, response } = await store(target, { edits, rows: accepted, context });
  const failed = new Set(response.error.map((error) => error.documentId));
  // A row that lost a race has not changed its document, and the base taken for it may be an old one.
  if (failed.size > 0) await journal.removeSeen([...edits.created.values()].filter((entry) => failed.has(entry.id)));
  if (journal.shared) await keepJournalled(target, entries, failed);
  return refused.length === 0 ? response : { error: [...response.error, ...refused] };
}

/** The journal entries of a local write: how to make each, and those that did not exist before. */
interface Edits {
  readonly keys: readonly string[];
  readonly change: (current: EditEntry | null, key: string) => EditEntry;
  readonly created: ReadonlyMap<string, EditEntry>;
}

interface Journalled {
  readonly edits: Edits;
  readonly rows: readonly Row[];
  readonly context: string;
}

/** In one transaction where the storage has them: half the flushes to disk. Else the journal goes first. */
async function store(target: LocalWriteTarget, { edits, rows, context }: Journalled) {
  const { journal, instance } = target;
  const { direct } = instance;
  if (direct === undefined || journal.transactions !== direct.transactions) {
    const entries = present(await journal.update<EditEntry>(edits.keys, edits.change));
    return { entries, response: await instance.bulkWrite(withVersions(rows, entries), context) };
  }
  const plan = await journal.plan<EditEntry>(edits.keys, edits.change);
  const entries = present(plan.entries);
  const response = direct.transactions.now(() => {
    plan.write();
    return direct.bulkWrite(withVersions(rows, entries), context);
  });
  return { entries, response };
}

function present(entries: ReadonlyMap<string, EditEntry | null>): readonly EditEntry[] {
  return [...entries.values()].filter((entry) => entry !== null);
}

function refusal({ datastore, instance }: LocalWriteTarget, row: Row): RxStorageWriteError<Document> | null {
  if (row.document._deleted || takeChecked(row.document)) return null;
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

async function editsOf({ datastore, journal, instance }: LocalWriteTarget, rows: readonly Row[]): Promise<Edits> {
  const byKey = new Map(rows.map((row) => [editKey(datastore, row.document.id), row]));
  const known = [...byKey].filter(([key]) => journal.shared || journal.index.has(key));
  const ids = known.map(([, { document }]) => document.id);
  const stored = new Map(
    ids.length === 0 ? [] : (await instance.findDocumentsById(ids, true)).map((document) => [document.id, document]),
  );
  const created = new Map<string, EditEntry>();
  const change = (current: EditEntry | null, key: string) => {
    const row = byKey.get(key) as Row;
    created.delete(key);
    if (current === null) {
      const entry = newEntry(datastore, row, journal.index.nextOrder());
      created.set(key, entry);
      return entry;
    }
    if (!journal.shared) return repaired(current, stored.get(row.document.id));
    return { ...withPrevious(current, row), edits: current.edits + 1 };
  };
  return { keys: [...byKey.keys()], change, created };
}

function newEntry(datastore: Datastore, { document, previous }: Row, order: number): EditEntry {
  return {
    kind: 'edit',
    datastore: datastore.name,
    id: document.id,
    order,
    edits: 0,
    schemaVersion: datastore.version,
    base: previous === undefined ? { version: null, document: null } : baseOf(previous),
  };
}

/**
 * An acknowledgement that broke off between its writes leaves an entry behind whose document has moved on. What is
 * written now is a change of that newer state: taken for one of the old state, it would undo what others had changed.
 */
function repaired(entry: EditEntry, stored: StoredDocument | undefined): EditEntry {
  const version = serverMetaOf(stored).version ?? null;
  if (stored === undefined || entry.base.version === version) return entry;
  const { next, held: _, ...rest } = entry;
  return { ...rest, base: next?.version === version ? next : baseOf(stored) };
}

/**
 * Another tab may have made the entry from an older state than this write is made from. Both are kept: the version in
 * the document that is stored in the end tells which one holds.
 */
function withPrevious(entry: EditEntry, { previous }: Row): EditEntry {
  const version = serverMetaOf(previous).version ?? null;
  const matches = entry.base.version === version || entry.next?.version === version;
  return previous === undefined || matches || entry.next !== undefined ? entry : { ...entry, next: baseOf(previous) };
}

function baseOf(stored: StoredDocument): Base {
  return { version: serverMetaOf(stored).version ?? null, document: stored._deleted ? null : contentOf(stored) };
}

/**
 * The version inside a document says which base its journal entry has to have. RxDB carries it along through updates but
 * not through an insert over a tombstone, so it is set from the entry.
 */
function withVersions(rows: readonly Row[], entries: readonly EditEntry[]): Row[] {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  return rows.map((row) => {
    const entry = byId.get(row.document.id);
    const before = serverMetaOf(row.previous).version ?? null;
    const holding = row.previous !== undefined && entry?.next?.version === before ? entry.next : entry?.base;
    const wanted = holding?.version ?? undefined;
    if (wanted === serverMetaOf(row.document).version) return row;
    const { version: _, ...meta } = row.document._meta as StoredDocument['_meta'] & { version?: string };
    const document = { ...row.document, _meta: wanted === undefined ? meta : { ...meta, version: wanted } };
    return { ...row, document: document as StoredDocument };
  });
}

/**
 * A tab that was frozen between the two writes finds its entry taken for one that changes nothing, and dropped. It is
 * made again; if the change has been acknowledged in between, the push finds out and drops it.
 */
async function keepJournalled(
  { datastore, journal }: LocalWriteTarget,
  entries: readonly EditEntry[],
  failed: ReadonlySet<string>,
): Promise<void> {
  const written = new Map(
    entries.filter(({ id }) => !failed.has(id)).map((entry) => [editKey(datastore, entry.id), entry]),
  );
  await journal.update<EditEntry>([...written.keys()], (current, key) => current ?? written.get(key) ?? null);
}
