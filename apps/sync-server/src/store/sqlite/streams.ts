import type { JsonValue } from '@datastores/core/schema';
import type { Database } from 'better-sqlite3';
import type { CursorWrite, QuarantinedRecord, RecordKey } from '../write.ts';

type QuarantineRow = Omit<QuarantinedRecord, 'record'> & { readonly record: string };

/** Cursors, rechecks and quarantine of streams. */
export type StreamTable = ReturnType<typeof prepareStreams>;

/** Prepares the statements of {@link StreamTable}. */
export function prepareStreams(database: Database) {
  const readCursor = database
    .prepare<[string, string, string], string>('select cursor from cursor where system = ? and stream = ? and kind = ?')
    .pluck();
  const writeCursor = database.prepare<[string, string, string, string]>(
    'insert or replace into cursor (system, stream, kind, cursor) values (?, ?, ?, ?)',
  );
  const take = database
    .prepare<[string, string, number], string>(
      'select key from recheck where system = ? and stream = ? order by number limit ?',
    )
    .pluck();
  const setTaken = database.prepare<[string, string, string]>(
    'update recheck set taken = 1 where system = ? and stream = ? and key = ? and taken = 0',
  );
  const add = database.prepare<[string, string, string]>(
    `insert into recheck (system, stream, key) values (?, ?, ?)
     on conflict (system, stream, key) do update set taken = 0`,
  );
  const removeTaken = database.prepare<[string, string, string]>(
    'delete from recheck where system = ? and stream = ? and key = ? and taken = 1',
  );
  const setAside = database.prepare<[string, string, string, string, string, number]>(
    'insert or replace into quarantine (system, stream, key, reason, record, at) values (?, ?, ?, ?, ?, ?)',
  );
  const release = database.prepare<[string, string, string]>(
    'delete from quarantine where system = ? and stream = ? and key = ?',
  );
  const listQuarantine = database.prepare<[number], QuarantineRow>(
    'select system, stream, key, reason, record, at from quarantine order by at desc, rowid desc limit ?',
  );

  return {
    cursor: (system: string, stream: string, kind: CursorWrite['kind']): JsonValue => {
      const text = readCursor.get(system, stream, kind);
      return text === undefined ? null : (JSON.parse(text) as JsonValue);
    },
    setCursor: ({ system, stream, kind, cursor }: CursorWrite): void =>
      void writeCursor.run(system, stream, kind, JSON.stringify(cursor)),
    hasRechecks: (system: string, stream: string): boolean => take.get(system, stream, 1) !== undefined,
    takeRechecks: (system: string, stream: string, limit: number): string[] => {
      const keys = take.all(system, stream, limit);
      for (const key of keys) setTaken.run(system, stream, key);
      return keys;
    },
    addRecheck: ({ system, stream, key }: RecordKey): void => void add.run(system, stream, key),
    rechecked: ({ system, stream, key }: RecordKey): void => void removeTaken.run(system, stream, key),
    quarantine: ({ system, stream, key, reason, record, at }: QuarantinedRecord): void =>
      void setAside.run(system, stream, key, reason, JSON.stringify(record), at),
    release: ({ system, stream, key }: RecordKey): void => void release.run(system, stream, key),
    quarantined: (limit: number): QuarantinedRecord[] =>
      listQuarantine.all(limit).map((row) => ({ ...row, record: JSON.parse(row.record) as JsonValue })),
  };
}
