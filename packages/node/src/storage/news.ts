import type { Connection } from './connection.ts';
import type { Changes } from './write.ts';

/** How long and how many of them news are kept for processes that have not read them, and after how many some are removed. */
const KEPT_MS = 60_000;
const MOST_KEPT = 4_000;
const SWEEP_EVERY = 256;

const NEWS_SQL = `
  CREATE TABLE IF NOT EXISTS news (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, sender TEXT NOT NULL, docs TEXT NOT NULL, at INTEGER NOT NULL, bulk TEXT NOT NULL
  )`;

/** Something that a connection has written. */
export interface News {
  readonly seq: number;
  readonly sender: string;
  /** The table of documents that it is about. */
  readonly docs: string;
  /** The events of one write, as JSON. */
  readonly bulk: string;
}

/** What writers tell the other processes on a file: the events of every write, in the order of the commits. */
export interface NewsTable {
  /** The number of the newest entry. */
  newest(): number;
  /** What came after an entry, oldest first; null where some of it was removed before it was read. */
  since(seq: number): readonly News[] | null;
  /** Tells the events of a write. To be called in the transaction of the write itself. */
  add(docs: string, bulk: Changes<never>): void;
}

/** Opens the list of news in a file, making it where there is none. `sender` tells this connection from others. */
export function createNewsTable({ database, commits }: Connection, sender: string): NewsTable {
  commits.now(() => database.exec(NEWS_SQL));
  const insert = database.prepare('INSERT INTO news (sender, docs, at, bulk) VALUES (?, ?, ?, ?)');
  const sweep = database.prepare('DELETE FROM news WHERE at < ? OR seq <= ?');
  const newest = database.prepare<[], number>("SELECT seq FROM sqlite_sequence WHERE name = 'news'").pluck();
  const since = database.prepare<[number], News>('SELECT seq, sender, docs, bulk FROM news WHERE seq > ? ORDER BY seq');
  const read = database.transaction((seq: number) => ({ last: newest.get() ?? 0, rows: since.all(seq) }));
  return {
    newest: () => newest.get() ?? 0,
    since(seq) {
      const { last, rows } = read(seq);
      return rows.length === last - seq ? rows : null;
    },
    add(docs, bulk) {
      const { lastInsertRowid } = insert.run(sender, docs, Date.now(), JSON.stringify(bulk));
      const seq = Number(lastInsertRowid);
      if (seq % SWEEP_EVERY === 0) sweep.run(Date.now() - KEPT_MS, seq - MOST_KEPT);
    },
  };
}
