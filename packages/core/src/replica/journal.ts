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
import { createLock } from './lock.ts';

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
  /** Brings the index in line with what other tabs have written, also where their news got lost. */
  reload(): Promise<void>;
  /** Which of these keys are in the journal right now; looks into the storage where the journal is shared. */
  held(keys: readonly string[]): Promise<ReadonlySet<string>>;
  put(entries: readonly JournalEntry[]): Promise<void>;
  /**
   * Replaces each entry by what `change` makes of it (null: none), and returns what is stored then. Whatever other tabs
   * do, no change is made from an entry that is not the stored one; `change` may therefore be called more than once.
   */
  update<T extends JournalEntry>(
    keys: readonly string[],
    change: (current: T | null, key: string) => T | null,
  ): Promise<ReadonlyMap<string, T | null>>;
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

/** Name of the collection that holds the journal. */
export const JOURNAL = 'datastores-journal';

const schema: RxJsonSchema<RxDocumentData<JournalRow>> = fillWithDefaultSettings<JournalRow>({
  version: 0,
  primaryKey: 'key',
  type: 'object',
  properties: {
    key: { type: 'string', maxLength: 240 },
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
    collectionName: JOURNAL,
    schema,
    options: {},
    multiInstance: options.multiInstance,
    devMode: false,
  });
  const index = createJournalIndex();
  let closed = false;
  let reloading = false;
  const changes$ = new Subject<ReadonlySet<string>>();
  const context = `${JOURNAL} ${options.databaseToken}`;
  const lock = createLock();
  const subscription = instance.changeStream().subscribe((bulk) => {
    const rows = bulk.events.map((event) => event.documentData as RxDocumentData<JournalRow>);
    if (bulk.context === context) {
      for (const row of rows) remember(index, row);
      tell(rows);
    } else reloadSoon();
  });
  await load();

  function tell(rows: readonly { readonly datastore: string }[]): void {
    changes$.next(new Set(rows.map(({ datastore }) => datastore)));
  }

  /** Brings the index in line with what is stored. Returns what was added or taken away. */
  async function load(): Promise<readonly { readonly datastore: string }[]> {
    const query = { selector: { _deleted: { $eq: false } }, sort: [{ key: 'asc' as const }], skip: 0 };
    const stored = byKey((await instance.query(prepareQuery(schema, query))).documents);
    const gone = [...index.values()].filter((entry) => !stored.has(journalKey(entry)));
    const added = [...stored.values()].filter(({ key }) => !index.has(key));
    for (const entry of gone) index.delete(journalKey(entry));
    for (const row of stored.values()) remember(index, row);
    return [...gone, ...added];
  }

  /** What other tabs tell may arrive late, after what was written here since, or not at all: what is stored counts. */
  async function reload(): Promise<void> {
    if (!closed) tell(await load());
  }

  function reloadSoon(): void {
    if (reloading) return;
    reloading = true;
    const done = lock.run(() => {
      reloading = false;
      return reload();
    });
    // A storage that fails here fails the next read or write as well, and there it is told.
    done.catch(() => undefined);
  }

  async function update<T extends JournalEntry>(
    keys: readonly string[],
    change: (current: T | null, key: string) => T | null,
  ): Promise<ReadonlyMap<string, T | null>> {
    const result = new Map<string, T | null>();
    let waiting = [...new Set(keys)];
    while (waiting.length > 0) {
      const previous = byKey(await instance.findDocumentsById(waiting, true));
      const bulk: JournalWrite[] = [];
      for (const key of waiting) {
        const row = previous.get(key);
        const current = row === undefined || row._deleted ? null : (JSON.parse(row.entry) as T);
        const next = change(current, key);
        result.set(key, next);
        if (next !== current) bulk.push(journalWrite(key, next, row));
      }
      const { error } = bulk.length === 0 ? { error: [] } : await instance.bulkWrite(bulk, context);
      const refused = error.find((row) => row.status !== 409);
      if (refused !== undefined) {
        throw new DatastoreError('STORAGE_UNAVAILABLE', `The journal refused an entry (status ${refused.status}).`);
      }
      const lost = new Set(error.map((row) => row.documentId));
      for (const { document } of bulk) if (!lost.has(document.key)) remember(index, document);
      waiting = waiting.filter((key) => lost.has(key));
    }
    return result;
  }

  /** One at a time with news from other tabs; nobody else writes where the journal is not shared. */
  function locked<T>(work: () => Promise<T>): Promise<T> {
    return options.multiInstance ? lock.run(work) : work();
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
    async put(entries) {
      const byName = new Map(entries.map((entry) => [journalKey(entry), entry]));
      await locked(() => update([...byName.keys()], (_, key) => byName.get(key) ?? null));
    },
    reload: async () => {
      if (options.multiInstance) await lock.run(reload);
    },
    update: (keys, change) => locked(() => update(keys, change)),
    async remove(keys) {
      await locked(() => update(keys, () => null));
    },
    async removeSeen(seen) {
      const edits = new Map(seen.map((entry) => [journalKey(entry), entry.edits]));
      const unlessEdited = (current: EditEntry | null, key: string) =>
        current?.edits === edits.get(key) ? null : current;
      await locked(() => update([...edits.keys()], unlessEdited));
    },
    async close() {
      closed = true;
      subscription.unsubscribe();
      changes$.complete();
      await instance.cleanup(0);
      await instance.close();
    },
  };
}

interface JournalWrite {
  readonly document: RxDocumentData<JournalRow>;
  readonly previous?: RxDocumentData<JournalRow>;
}

function journalWrite(
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
