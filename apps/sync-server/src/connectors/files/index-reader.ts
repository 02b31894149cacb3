import type { Database } from 'better-sqlite3';
import type { ExternalRecord } from '../connector.ts';

/** Questions to the index; all answers are of whole files. */
export interface IndexReader {
  /** Random name of this index: cursors of another one mean nothing here. */
  epoch(): string | null;
  /** Name of the exchange folder that was read; null: none yet. */
  exchange(): string | null;
  /** Number of the last file that was read or written; 0: none. */
  lastEntry(): number;
  /** Number of the last change. */
  lastSeq(): number;
  /** A record; null: not there. */
  record(key: string): ExternalRecord | null;
  /** Records that changed after a number, in the order of their last change. */
  changedAfter(seq: number, limit: number): readonly IndexRow[];
  /** Records whose keys follow a key, in the order of keys. */
  keysAfter(after: string | null, limit: number): readonly IndexRow[];
  /** The key of the record that a write was about; null if the write was not handed over. */
  sentKey(writeId: string): string | null;
  /** True if writes that were handed over until then are still waited for. */
  hasLate(before: number): boolean;
  /** Hash of the last file of a name that was read. */
  lastHash(name: string): string | null;
}

/** One row; `data` null: gone. */
export interface IndexRow {
  readonly key: string;
  readonly data: ExternalRecord | null;
  readonly seq: number;
}

/** Prepares the questions once. */
export function createIndexReader(database: Database): IndexReader {
  const meta = database.prepare<[string], { value: string | number }>('select value from meta where name = ?');
  const record = database.prepare<[string], { data: string | null }>('select data from records where key = ?');
  const changed = database.prepare<[number, number], StoredRow>(
    'select key, data, seq from records where seq > ? order by seq limit ?',
  );
  const first = database.prepare<[number], StoredRow>(
    'select key, data, seq from records where data is not null order by key limit ?',
  );
  const next = database.prepare<[string, number], StoredRow>(
    'select key, data, seq from records where key > ? and data is not null order by key limit ?',
  );
  const sent = database.prepare<[string], { key: string }>('select key from sent where write_id = ?');
  const hash = database.prepare<[string], { hash: string }>(
    'select hash from files where name = ? order by entry desc limit 1',
  );
  const late = database.prepare<[number], unknown>('select 1 from pending where at <= ? limit 1');
  const numberAt = (name: string) => Number(meta.get(name)?.value ?? 0);
  const textAt = (name: string) => {
    const value = meta.get(name)?.value;
    return value === undefined ? null : String(value);
  };
  return {
    epoch: () => textAt('epoch'),
    exchange: () => textAt('exchange'),
    lastEntry: () => numberAt('entry'),
    lastSeq: () => numberAt('seq'),
    record: (key) => parseRecord(record.get(key)?.data ?? null),
    changedAfter: (seq, limit) => changed.all(seq, limit).map(toRow),
    keysAfter: (after, limit) => (after === null ? first.all(limit) : next.all(after, limit)).map(toRow),
    sentKey: (writeId) => sent.get(writeId)?.key ?? null,
    hasLate: (before) => late.get(before) !== undefined,
    lastHash: (name) => hash.get(name)?.hash ?? null,
  };
}

interface StoredRow {
  readonly key: string;
  readonly data: string | null;
  readonly seq: number;
}

function toRow({ key, data, seq }: StoredRow): IndexRow {
  return { key, data: parseRecord(data), seq };
}

function parseRecord(data: string | null): ExternalRecord | null {
  return data === null ? null : (JSON.parse(data) as ExternalRecord);
}
