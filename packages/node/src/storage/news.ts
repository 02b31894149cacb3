import type { Connection } from './connection.ts';
import type { Changes } from './write.ts';

/** How long, how many and how much text of them news are kept for processes that have not read them. */
const KEPT_MS = 60_000;
const MOST_KEPT = 4_000;
const MOST_TEXT = 32 * 1024 * 1024;

/** After how many entries, or how much text, some are removed. */
const SWEEP_EVERY = 256;
const SWEEP_TEXT = 4 * 1024 * 1024;

/** A write of more than this is announced without its events: whoever hears of it reads the documents. */
const MOST_EVENTS = 2_000;
const MOST_BULK_TEXT = 4 * 1024 * 1024;

const NEWS_SQL = `
  CREATE TABLE IF NOT EXISTS news (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, sender TEXT NOT NULL, docs TEXT NOT NULL, upto INTEGER NOT NULL,
    at INTEGER NOT NULL, total INTEGER NOT NULL, bulk TEXT
  )`;

/** Something that a connection has written. */
export interface News {
  readonly seq: number;
  readonly sender: string;
  /** The table of documents that it is about. */
  readonly docs: string;
  /** The sequence number of the last document written. */
  readonly upto: number;
  /** The events of one write, as JSON; null where they were too many, and for what `sender` itself has written. */
  readonly bulk: string | null;
}

/** A moment in the history of a file: the newest entry and the last sequence number given until then. */
export interface Moment {
  readonly news: number;
  readonly seq: number;
}

/** What writers tell the other processes on a file: the events of every write, in the order of the commits. */
export interface NewsTable {
  /** The newest moment, or that of the transaction that is open. */
  moment(): Moment;
  /** What came after an entry, oldest first; null where some of it was removed before it was read. */
  since(seq: number): readonly News[] | null;
  /** Tells the events of a write. To be called in the transaction of the write itself. Returns the number of the entry. */
  add(docs: string, bulk: Changes<never>): number;
}

/** Opens the list of news in a file, making it where there is none. `sender` tells this connection from others. */
export function createNewsTable({ database, commits }: Connection, sender: string): NewsTable {
  const known = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'news'").get();
  // Opening a file is not to wait for the write lock.
  if (known === undefined) commits.now(() => database.exec(NEWS_SQL));
  const insert = database.prepare(
    `INSERT INTO news (sender, docs, upto, at, total, bulk)
    VALUES (?, ?, ?, ?, ? + ifnull((SELECT total FROM news ORDER BY seq DESC LIMIT 1), 0), ?)`,
  );
  const sweep = database.prepare(
    'DELETE FROM news WHERE at < ? OR seq <= ? OR total <= (SELECT total FROM news WHERE seq = ?) - ?',
  );
  const newest = database.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'news'").pluck();
  const moment = database.prepare<[], Moment>(
    `SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = 'news'), 0) AS news,
      (SELECT last FROM sequence) AS seq`,
  );
  const since = database.prepare<[string, number], News>(
    `SELECT seq, sender, docs, upto, CASE WHEN sender = ? THEN NULL ELSE bulk END AS bulk
    FROM news WHERE seq > ? ORDER BY seq`,
  );
  let unswept = 0;
  return {
    moment: () => {
      const { news, seq } = moment.get() ?? { news: 0, seq: 0 };
      // The last number is stored at the end of a transaction.
      return { news, seq: database.inTransaction ? Math.max(seq, commits.sequence.last()) : seq };
    },
    since(seq) {
      // Asked first: what is committed between the two statements is then too much, and never missing.
      const last = newest.get() ?? 0;
      if (last <= seq) return [];
      const rows = since.all(sender, seq);
      return rows.length >= last - seq && rows.every((row, at) => row.seq === seq + 1 + at) ? rows : null;
    },
    add(docs, bulk) {
      const text = textOf(bulk);
      const size = text?.length ?? 0;
      const { lastInsertRowid } = insert.run(sender, docs, bulk.checkpoint.seq, Date.now(), size, text);
      const seq = Number(lastInsertRowid);
      unswept += size;
      if (seq % SWEEP_EVERY === 0 || unswept > SWEEP_TEXT) {
        sweep.run(Date.now() - KEPT_MS, seq - MOST_KEPT, seq, MOST_TEXT);
        unswept = 0;
      }
      return seq;
    },
  };
}

function textOf(bulk: Changes<never>): string | null {
  if (bulk.events.length > MOST_EVENTS) return null;
  const text = JSON.stringify(bulk);
  return text.length > MOST_BULK_TEXT ? null : text;
}
