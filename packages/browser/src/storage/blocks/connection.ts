import { follow, tellChangedSince } from './apply-commits.ts';
import { type Collection, createCollection, load } from './collection.ts';
import { answer, begin, blocksDatabaseName, type IndexedDb, openDatabase, type Transaction } from './database.ts';
import type { Layout } from './layout.ts';
import { createNews } from './news.ts';
import type { CollectionRecord, LogRecord } from './records.ts';
import { createTexts, type Texts } from './texts.ts';
import { createWarming } from './warming.ts';

/**
 * A database as one page has it open, shared by all its collections.
 *
 * - All writes of all collections are commits with ascending numbers in one log. What a page holds in memory is at every
 *   moment the state after one of these commits, its position: never a document without the journal entry that was
 *   committed before it.
 * - Every transaction that writes first follows the commits behind the position, so conflicts are found against the
 *   current state, whatever other tabs have done and whether their news has arrived.
 * - The log record at the position of a page is there as long as none behind it is missing. Records go oldest first, and the
 *   newest never goes. A page that does not find the record at its position reads its tables anew.
 * - Jobs run one after the other, so no other one sees a table between two steps of a commit.
 */
export interface Connection {
  readonly access: IndexedDb;
  readonly database: IDBDatabase;
  readonly texts: Texts;
  /** Opens a collection, or another share of it. */
  collection(name: string, version: number, layout: Layout): Promise<Collection>;
  /** Ends a share of a collection. */
  leave(collection: Collection): void;
  readonly collections: () => readonly Collection[];
  /** Runs a transaction that writes, after what other tabs have committed was followed. */
  write<Result>(work: (commit: Commit) => Promise<Result>): Promise<Result>;
  /** Follows what other tabs have committed, where news of it may have been lost. */
  look(): Promise<void>;
  /** Resolves after the jobs that are under way. */
  readonly idle: () => Promise<unknown>;
  /** Ends a share of the connection. */
  close(): void;
}

/** A transaction that writes. */
export interface Commit extends Transaction {
  /** The last sequence number given before this transaction. */
  readonly position: number;
  /** Takes so many sequence numbers. Returns the first. */
  take(count: number): number;
  /** Puts a record into the log at the last number taken. `done` runs once it is committed. */
  log(record: LogRecord, done: () => void): void;
}

/** Creates the connection of a page to a database. */
export async function connect(access: IndexedDb, databaseName: string, cacheCharacters: number): Promise<Connection> {
  const database = await openDatabase(access, blocksDatabaseName(databaseName));
  // Whoever wants to delete the database is not held up: this page finds it closed.
  database.onversionchange = () => database.close();
  const texts = createTexts(database, cacheCharacters);
  const warming = createWarming(access, database);
  const open = new Map<string, { readonly collection: Collection; shares: number }>();
  let jobs: Promise<unknown> = Promise.resolve();
  let waiting: Promise<void> | undefined;
  const first = begin(database, 'readonly');
  const [id, keys] = await Promise.all([
    answer<string>(first.store('meta').get('id')),
    answer(first.store('log').getAllKeys()),
  ]);
  let position = Number(keys.at(-1));
  const news = createNews(id, () => {
    look().catch(() => undefined);
  });

  function run<Result>(job: () => Promise<Result>): Promise<Result> {
    const result = jobs.then(job);
    jobs = result.catch(() => undefined);
    return result;
  }

  function collections(): readonly Collection[] {
    return [...open.values()].map(({ collection }) => collection);
  }

  async function followOthers(transaction: Transaction): Promise<void> {
    const log = transaction.store('log');
    const found = await answer(log.getAllKeys(access.IDBKeyRange.lowerBound(position)));
    if (found[0] !== position) return readAnew(transaction, Number(found.at(-1)));
    if (found.length === 1) return;
    const records = await answer<LogRecord[]>(log.getAll(access.IDBKeyRange.lowerBound(position, true)));
    for (const [at, record] of records.entries()) {
      const seq = Number(found[at + 1]);
      const collection = collections().find(({ number }) => record.kind !== 'begun' && record.collection === number);
      if (collection && (await follow(collection, { seq, record }, transaction)) === 'too old') {
        return readAnew(transaction, Number(found.at(-1)));
      }
      position = seq;
    }
  }

  async function readAnew(transaction: Transaction, newest: number): Promise<void> {
    const before = position;
    for (const collection of collections()) {
      await load(collection, access, transaction);
      await tellChangedSince(collection, before, transaction);
    }
    position = newest;
  }

  /** Whoever asks while a look has not begun yet shares it. */
  function look(): Promise<void> {
    waiting ??= run(() => {
      waiting = undefined;
      return followOthers(begin(database, 'readonly'));
    });
    return waiting;
  }

  return {
    access,
    database,
    texts,
    collection: (name, version, layout) =>
      run(async () => {
        const key = JSON.stringify([name, version]);
        const known = open.get(key);
        if (known !== undefined && !known.collection.removed) {
          known.shares += 1;
          return known.collection;
        }
        for (;;) {
          const number = await numberOf(database, [name, version]);
          const collection = createCollection({ number, name, texts, look }, layout);
          const transaction = begin(database, 'readonly');
          await followOthers(transaction);
          await load(collection, access, transaction);
          const there = await answer<CollectionRecord | undefined>(
            transaction.store('collections').get([name, version]),
          );
          // Another tab may have removed it since its number was read.
          if (there?.number !== number) continue;
          open.set(key, { collection, shares: 1 });
          warming.warm(collection);
          return collection;
        }
      }),
    leave(collection) {
      for (const [key, share] of open) {
        if (share.collection !== collection) continue;
        share.shares -= 1;
        if (share.shares === 0) open.delete(key);
      }
    },
    collections,
    write: (work) =>
      run(async () => {
        const transaction = begin(database, 'readwrite');
        try {
          await followOthers(transaction);
          const done: (() => void)[] = [];
          let last = position;
          let logged = position;
          const result = await work({
            ...transaction,
            position,
            take(count) {
              const taken = last + 1;
              last += count;
              return taken;
            },
            log(record, then) {
              transaction.store('log').put(record, last);
              logged = last;
              done.push(then);
            },
          });
          await transaction.commit();
          position = logged;
          for (const then of done) then();
          if (done.length > 0) news.tell();
          return result;
        } catch (error) {
          transaction.abort();
          throw error;
        }
      }),
    look,
    idle: () => jobs,
    close() {
      news.close();
      warming.stop();
      texts.clear();
      database.close();
    },
  };
}

/** The number of a collection; a new one where it is not there yet. */
async function numberOf(database: IDBDatabase, key: [string, number]): Promise<number> {
  const transaction = begin(database, 'readwrite');
  const [known, last] = await Promise.all([
    answer<CollectionRecord | undefined>(transaction.store('collections').get(key)),
    answer<number | undefined>(transaction.store('meta').get('collections')),
  ]);
  if (known !== undefined) return known.number;
  const number = (last ?? 0) + 1;
  transaction.store('meta').put(number, 'collections');
  transaction.store('collections').put({ number } satisfies CollectionRecord, key);
  await transaction.commit();
  return number;
}
