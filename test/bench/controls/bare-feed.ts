import Sqlite from 'better-sqlite3';

/** Texts in one SQLite table, each inserted in a durable transaction of its own. */
export interface BareFeed {
  readonly insert: (text: string) => void;
  readonly close: () => void;
}

/** Opens the table: WAL, synchronous FULL. */
export function openBareFeed(filename: string): BareFeed {
  const database = new Sqlite(filename);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec('create table if not exists event (seq integer primary key, body text not null)');
  const insert = database.prepare<[string]>('insert into event (body) values (?)');
  return { insert: (text) => void insert.run(text), close: () => void database.close() };
}
