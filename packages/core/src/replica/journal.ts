import {
  prepareQuery,
  type RxDocumentData,
  type RxStorage,
  type RxStorageBulkWriteResponse,
  type RxStorageInstance,
} from 'rxdb';
import { type Observable, Subject } from 'rxjs';
import { DatastoreError } from '../errors.ts';
import type { DirectAccess, MaybeDirect, Transactions } from './direct-access.ts';
import { type EditEntry, type JournalEntry, journalKey } from './journal-entry.ts';
import { createJournalIndex, type JournalIndex } from './journal-index.ts';
import {
  byKey,
  type JournalRow,
  type JournalWrite,
  journalRemoval,
  journalSchema,
  journalWrite,
  remember,
} from './journal-row.ts';
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
  /** The same as {@link update}, to be written in a transaction with documents. Only where there is `direct`. */
  plan<T extends JournalEntry>(
    keys: readonly string[],
    change: (current: T | null, key: string) => T | null,
  ): Promise<JournalPlan<T>>;
  /** The removal of entries whatever they are, without looking at them first. */
  planRemoval(keys: readonly string[]): JournalPlan<never>;
  /** The transactions that entries can be written in; only where the storage has them, and nobody else writes. */
  readonly transactions: Transactions | undefined;
  /** Removes edits that are still as they were seen; one that was written again stays. */
  removeSeen(entries: readonly EditEntry[]): Promise<void>;
  close(): Promise<void>;
}

/** Changes of entries that are ready to be written. */
export interface JournalPlan<T extends JournalEntry> {
  /** What is stored once they are. */
  readonly entries: ReadonlyMap<string, T | null>;
  /** Writes all but some. Call it once, in a transaction, and only if no entry of these was changed since they were planned. */
  write(but?: ReadonlySet<string>): void;
}

/** Where to put a journal. */
export interface JournalOptions {
  readonly storage: RxStorage<unknown, unknown>;
  readonly databaseName: string;
  readonly databaseToken: string;
  readonly multiInstance: boolean;
}

/** Name of the collection that holds the journal. */
export const JOURNAL = 'datastores-journal';

/** Opens the journal of a database and loads its index. */
export async function createJournal(options: JournalOptions): Promise<Journal> {
  const instance: RxStorageInstance<JournalRow, unknown, unknown> & MaybeDirect<JournalRow> =
    await options.storage.createStorageInstance({
      databaseInstanceToken: options.databaseToken,
      databaseName: options.databaseName,
      collectionName: JOURNAL,
      schema: journalSchema,
      options: {},
      multiInstance: options.multiInstance,
      devMode: false,
    });
  const { direct } = instance;
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
  // What is left of removed entries by one who had no direct access would stand in the way of new ones.
  try {
    if (direct !== undefined) while (!(await instance.cleanup(0)));
    await load();
  } catch (error) {
    // A file that stays open cannot be replaced by what is salvaged of it.
    subscription.unsubscribe();
    await instance.close();
    throw error;
  }

  function tell(rows: readonly { readonly datastore: string }[]): void {
    changes$.next(new Set(rows.map(({ datastore }) => datastore)));
  }

  /** Brings the index in line with what is stored. Returns what was added or taken away. */
  async function load(): Promise<readonly { readonly datastore: string }[]> {
    const query = { selector: { _deleted: { $eq: false } }, sort: [{ key: 'asc' as const }], skip: 0 };
    const stored = byKey((await instance.query(prepareQuery(journalSchema, query))).documents);
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

  async function changed<T extends JournalEntry>(
    keys: readonly string[],
    change: (current: T | null, key: string) => T | null,
  ): Promise<{ readonly entries: ReadonlyMap<string, T | null>; readonly bulk: JournalWrite[] }> {
    // Where removed entries leave no trace, what is not in the index is not there.
    const stored = direct === undefined ? [...keys] : keys.filter((key) => index.has(key));
    const previous = byKey(stored.length === 0 ? [] : await instance.findDocumentsById(stored, true));
    const entries = new Map<string, T | null>();
    const bulk: JournalWrite[] = [];
    for (const key of keys) {
      const row = previous.get(key);
      const current = row === undefined || row._deleted ? null : (row.entry as T);
      const next = change(current, key);
      entries.set(key, next);
      if (next !== current) bulk.push(journalWrite(key, next, row));
    }
    return { entries, bulk };
  }

  /** Returns the keys of entries that another tab was faster with. */
  async function write(bulk: JournalWrite[]): Promise<ReadonlySet<string>> {
    if (bulk.length === 0) return new Set();
    if (direct !== undefined) return direct.transactions.now(() => writeDirectly(direct, bulk));
    return new Set(lostOf(await instance.bulkWrite(bulk, context)));
  }

  function writeDirectly(access: DirectAccess<JournalRow>, bulk: readonly JournalWrite[]): ReadonlySet<string> {
    const kept = bulk.filter(({ document }) => !document._deleted);
    const lost = kept.length === 0 ? [] : lostOf(access.bulkWrite([...kept], context));
    const removed = bulk.filter(({ document }) => document._deleted);
    const rows = removed.map(({ document, previous }) => ({ document, revision: previous?._rev ?? null }));
    const left = rows.length === 0 ? [] : access.purge(rows, context);
    return new Set([...lost, ...left]);
  }

  function writePlanned(bulk: readonly JournalWrite[], but: ReadonlySet<string> = new Set()): void {
    const meant = but.size === 0 ? bulk : bulk.filter(({ document }) => !but.has(document.key));
    if (direct === undefined) throw new Error('Entries are planned only where they can be written in a transaction');
    if (writeDirectly(direct, meant).size > 0) {
      throw new DatastoreError('STORAGE_UNAVAILABLE', 'Another process writes this replica.');
    }
  }

  async function update<T extends JournalEntry>(
    keys: readonly string[],
    change: (current: T | null, key: string) => T | null,
  ): Promise<ReadonlyMap<string, T | null>> {
    const result = new Map<string, T | null>();
    let waiting = [...new Set(keys)];
    while (waiting.length > 0) {
      const { entries, bulk } = await changed(waiting, change);
      for (const [key, entry] of entries) result.set(key, entry);
      const lost = await write(bulk);
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
      return new Map(rows.map((row) => [row.key, row.entry as T]));
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
    async plan(keys, change) {
      const { entries, bulk } = await changed([...new Set(keys)], change);
      return { entries, write: (but) => writePlanned(bulk, but) };
    },
    planRemoval(keys) {
      const bulk = keys.flatMap((key) => index.get(key) ?? []).map(journalRemoval);
      return { entries: new Map(), write: (but) => writePlanned(bulk, but) };
    },
    transactions: direct?.transactions,
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
      try {
        await instance.cleanup(0);
      } finally {
        // A full disk must not keep the file open.
        await instance.close();
      }
    },
  };
}

/** Keys of rows that another tab was faster with. Throws STORAGE_UNAVAILABLE if one was refused for another reason. */
function lostOf({ error }: RxStorageBulkWriteResponse<JournalRow>): readonly string[] {
  const refused = error.find((row) => row.status !== 409);
  if (refused === undefined) return error.map((row) => row.documentId);
  throw new DatastoreError('STORAGE_UNAVAILABLE', `The journal refused an entry (status ${refused.status}).`);
}
