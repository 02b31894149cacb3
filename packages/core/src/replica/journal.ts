import {
  createRevision,
  fillWithDefaultSettings,
  now,
  prepareQuery,
  type RxDocumentData,
  type RxJsonSchema,
  type RxStorage,
  type RxStorageInstance,
} from 'rxdb';
import { type Observable, Subject } from 'rxjs';
import { DatastoreError } from '../errors.ts';
import { type EditEntry, type JournalEntry, journalKey } from './journal-entry.ts';
import { createJournalIndex, type JournalIndex } from './journal-index.ts';

/**
 * The replica's exact record of what is not agreed with the server: unpushed edits with their base, rejected changes,
 * quarantined documents, and how far each datastore was pulled. One storage instance of its own in the same database, so
 * it costs no collection; independent of any clock. Every change is durable before its promise resolves.
 */
export interface Journal {
  /** Names and kinds of all entries, in memory; payloads stay in the storage. */
  readonly index: JournalIndex;
  /** Emits after every change, also of other tabs, with the datastores it touched. */
  readonly changes$: Observable<ReadonlySet<string>>;
  /** True where other tabs or processes write the same journal: the index may then lag behind the storage. */
  readonly shared: boolean;
  read<T extends JournalEntry>(keys: readonly string[]): Promise<ReadonlyMap<string, T>>;
  /** Which of these keys are in the journal right now; looks into the storage where the journal is shared. */
  held(keys: readonly string[]): Promise<ReadonlySet<string>>;
  put(entries: readonly JournalEntry[]): Promise<void>;
  remove(keys: readonly string[]): Promise<void>;
  /** Removes edits that are still as they were seen; one that was written again stays. */
  removeSeen(entries: readonly EditEntry[]): Promise<void>;
  close(): Promise<void>;
}

/** Where to put a journal. */
export interface JournalOptions {
  readonly storage: RxStorage<unknown, unknown>;
  readonly databaseName: string;
  readonly databaseToken: string;
  readonly multiInstance: boolean;
}

interface JournalRow {
  readonly key: string;
  readonly kind: string;
  readonly datastore: string;
  readonly id: string;
  readonly order: number;
  readonly entry: string;
}

const schema: RxJsonSchema<RxDocumentData<JournalRow>> = fillWithDefaultSettings<JournalRow>({
  version: 0,
  primaryKey: 'key',
  type: 'object',
  properties: {
    key: { type: 'string', maxLength: 200 },
    kind: { type: 'string' },
    datastore: { type: 'string' },
    id: { type: 'string' },
    order: { type: 'number' },
    entry: { type: 'string' },
  },
  required: ['key', 'kind', 'datastore', 'id', 'order', 'entry'],
});

/** Opens the journal of a database and loads its index. */
export async function createJournal(options: JournalOptions): Promise<Journal> {
  const instance: RxStorageInstance<JournalRow, unknown, unknown> = await options.storage.createStorageInstance({
    databaseInstanceToken: options.databaseToken,
    databaseName: options.databaseName,
    collectionName: 'datastores-journal',
    schema,
    options: {},
    multiInstance: options.multiInstance,
    devMode: false,
  });
  const index = createJournalIndex();
  const changes$ = new Subject<ReadonlySet<string>>();
  const stored = await instance.query(
    prepareQuery(schema, { selector: { _deleted: { $eq: false } }, sort: [{ key: 'asc' }], skip: 0 }),
  );
  for (const row of stored.documents) remember(index, row);
  const subscription = instance.changeStream().subscribe((bulk) => {
    for (const event of bulk.events) remember(index, event.documentData as RxDocumentData<JournalRow>);
    changes$.next(new Set(bulk.events.map((event) => (event.documentData as JournalRow).datastore)));
  });

  async function write(rows: ReadonlyMap<string, JournalWrite>): Promise<void> {
    let waiting = rows;
    while (waiting.size > 0) {
      const previous = byKey(await instance.findDocumentsById([...waiting.keys()], true));
      const bulk = [...waiting].flatMap(([key, change]) => journalRow(key, change, previous.get(key)) ?? []);
      const { error } = await instance.bulkWrite(bulk, 'datastores-journal');
      const refused = error.find((row) => row.status !== 409);
      if (refused !== undefined) {
        throw new DatastoreError('STORAGE_UNAVAILABLE', `The journal refused an entry (status ${refused.status}).`);
      }
      const lost = new Set(error.map((row) => row.documentId));
      for (const { document } of bulk) if (!lost.has(document.key)) remember(index, document);
      waiting = new Map([...waiting].filter(([key]) => lost.has(key)));
    }
  }

  return {
    index,
    changes$,
    shared: options.multiInstance,
    async read<T extends JournalEntry>(keys: readonly string[]) {
      const rows = keys.length === 0 ? [] : await instance.findDocumentsById([...keys], false);
      return new Map(rows.map((row) => [row.key, JSON.parse(row.entry) as T]));
    },
    async held(keys) {
      if (!options.multiInstance) return new Set(keys.filter((key) => index.has(key)));
      return new Set((await instance.findDocumentsById([...keys], false)).map((row) => row.key));
    },
    put: (entries) => write(new Map(entries.map((entry) => [journalKey(entry), { entry }]))),
    remove: (keys) => write(new Map(keys.map((key) => [key, { entry: null }]))),
    removeSeen: (seen) =>
      write(new Map(seen.map((entry) => [journalKey(entry), { entry: null, seenEdits: entry.edits }]))),
    async close() {
      subscription.unsubscribe();
      changes$.complete();
      await instance.cleanup(0);
      await instance.close();
    },
  };
}

/** A new state of an entry (null: removed), and for a removal how many edits were seen. */
interface JournalWrite {
  readonly entry: JournalEntry | null;
  readonly seenEdits?: number;
}

function journalRow(key: string, change: JournalWrite, previous: RxDocumentData<JournalRow> | undefined) {
  const { entry, seenEdits } = change;
  if (entry === null) {
    if (previous === undefined || previous._deleted) return null;
    if (seenEdits !== undefined && (JSON.parse(previous.entry) as EditEntry).edits !== seenEdits) return null;
  }
  const document: RxDocumentData<JournalRow> = {
    key,
    kind: entry?.kind ?? previous?.kind ?? '',
    datastore: entry?.datastore ?? previous?.datastore ?? '',
    id: entry?.id ?? previous?.id ?? '',
    order: entry?.kind === 'edit' ? entry.order : 0,
    entry: entry === null ? '' : JSON.stringify(entry),
    _deleted: entry === null,
    _attachments: {},
    _meta: { lwt: now() },
    _rev: createRevision('journal', previous),
  };
  return previous === undefined ? { document } : { document, previous };
}

function remember(index: JournalIndex, row: RxDocumentData<JournalRow>): void {
  if (row._deleted) index.delete(row.key);
  else
    index.set(row.key, {
      kind: row.kind as JournalEntry['kind'],
      datastore: row.datastore,
      id: row.id,
      order: row.order,
    });
}

function byKey(rows: readonly RxDocumentData<JournalRow>[]): Map<string, RxDocumentData<JournalRow>> {
  return new Map(rows.map((row) => [row.key, row]));
}
