import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import SQLite, { type Database } from 'better-sqlite3';
import { SystemError } from '../connector.ts';

/** The index of one stream: two connections to one file, so that what is being read in is seen only when it is whole. */
export interface IndexFile {
  readonly reading: Database;
  readonly writing: Database;
  close(): void;
}

/** Opens the index, made with its folder if it is not there. Throws SystemError `shape` if the file cannot be used. */
export function openIndexFile(filename: string): IndexFile {
  try {
    mkdirSync(dirname(filename), { recursive: true, mode: 0o750 });
    const writing = new SQLite(filename, { timeout: 10_000 });
    writing.pragma('journal_mode = WAL');
    writing.pragma('synchronous = FULL');
    writing.pragma('cache_size = -8000');
    // Otherwise the log of one long transaction would keep its size for ever.
    writing.pragma('journal_size_limit = 67108864');
    const version = writing.pragma('user_version', { simple: true });
    if (version !== 0 && version !== VERSION) {
      throw new Error(`it has version ${version}, and this server knows ${VERSION}`);
    }
    if (version === 0)
      writing.transaction(() => writing.exec(`${TABLES} pragma user_version = ${VERSION};`)).immediate();
    writing.exec('create temp table seen (key text primary key, line integer not null) without rowid');
    const reading = new SQLite(filename, { readonly: true, timeout: 10_000 });
    return {
      reading,
      writing,
      close() {
        reading.close();
        writing.close();
      },
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `The index ${filename} cannot be opened: ${reason}. Check the rights on the folder; an index may be removed, it is made again from the files that were read.`;
    throw new SystemError('shape', message, { cause: error });
  }
}

const VERSION = 1;

const TABLES = `
  create table if not exists meta (name text primary key, value not null) without rowid;
  -- What get, changes and scan answer with. Null: gone. seq orders the changes.
  create table if not exists records (key text primary key, data text, seq integer not null);
  create index if not exists records_seq on records (seq);
  -- What the other side last said of records that we have written to, while it may not have read that yet.
  create table if not exists held (key text primary key, theirs text, told integer not null) without rowid;
  create table if not exists pending (
    id integer primary key,
    key text not null,
    write_id text not null,
    body text not null,
    at integer not null,
    entry integer not null,
    accepted integer
  );
  create index if not exists pending_key on pending (key);
  create index if not exists pending_write on pending (write_id);
  create index if not exists pending_at on pending (at);
  create table if not exists sent (write_id text primary key, key text not null) without rowid;
  create table if not exists files (entry integer primary key, name text not null, hash text not null, kind text not null);
  create index if not exists files_name on files (name);
`;
