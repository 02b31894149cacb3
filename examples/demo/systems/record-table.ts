import type { Database } from 'better-sqlite3';

/** One record of a demo system as it lies in its SQLite file. */
export interface StoredRecord<T> {
  readonly key: string;
  readonly body: T;
  /** Time of the change that made this state, ISO 8601 in UTC with milliseconds; never earlier than that of a change before it. */
  readonly modifiedAt: string;
  /** Counts the states of this record, starting at 1. */
  readonly version: number;
  /** True for a record that was deleted and left a tombstone. */
  readonly deleted: boolean;
}

/** The records of one kind. All calls are synchronous and durable on return. */
export interface RecordTable<T> {
  get(key: string): StoredRecord<T> | null;
  /** Living records in key order behind `after`. */
  page(after: string, limit: number): readonly StoredRecord<T>[];
  /** States and tombstones at or behind a time; of those of the very time only keys behind `key`. Ordered by time and key. */
  modifiedSince(time: string, key: string, limit: number): readonly StoredRecord<T>[];
  /** States and tombstones that a condition holds for, in the order of some columns. Trusts the SQL it is given. */
  select(query: RecordQuery): readonly StoredRecord<T>[];
  /** Living records whose top-level field has this value. */
  where(field: string, value: string): readonly StoredRecord<T>[];
  /** Inserts, replaces or revives a record. */
  put(key: string, body: T): StoredRecord<T>;
  /** Deletes and leaves a tombstone that the change feeds show. False if there was no living record. */
  bury(key: string): boolean;
  /** Deletes without a trace. False if there was no record. */
  erase(key: string): boolean;
  /** Number of living records. */
  count(): number;
}

/** A reading of a {@link RecordTable}; its columns are key, body, modified_at, version and deleted. */
export interface RecordQuery {
  readonly where: string;
  readonly values: readonly (string | number)[];
  readonly orderBy: string;
  readonly limit: number;
}

interface Row {
  readonly key: string;
  readonly body: string;
  readonly modified_at: string;
  readonly version: number;
  readonly deleted: number;
}

/** Opens the table `name` in `db`, creating it at first use. Record bodies are kept as JSON text. */
export function createRecordTable<T>(db: Database, name: string): RecordTable<T> {
  createSchema(db, name);
  const newest = db.prepare<[], string | null>(`SELECT max(modified_at) FROM ${name}`).pluck();
  const upsert = db.prepare(
    `INSERT INTO ${name} (key, body, modified_at, version, deleted) VALUES (?, ?, ?, 1, ?)
     ON CONFLICT (key) DO UPDATE SET body = excluded.body, modified_at = excluded.modified_at, version = version + 1, deleted = excluded.deleted`,
  );
  const select = db.prepare<[string], Row>(`SELECT * FROM ${name} WHERE key = ?`);
  const selectPage = db.prepare<[string, number], Row>(
    `SELECT * FROM ${name} WHERE key > ? AND deleted = 0 ORDER BY key LIMIT ?`,
  );
  const selectModified = db.prepare<[string, string, number], Row>(
    `SELECT * FROM ${name} WHERE (modified_at, key) > (?, ?) ORDER BY modified_at, key LIMIT ?`,
  );
  const selectWhere = db.prepare<[string, string], Row>(
    `SELECT * FROM ${name} WHERE deleted = 0 AND json_extract(body, ?) = ?`,
  );
  const remove = db.prepare(`DELETE FROM ${name} WHERE key = ?`);
  const countLiving = db.prepare(`SELECT count(*) FROM ${name} WHERE deleted = 0`).pluck();

  const living = (key: string): Row | undefined => {
    const row = select.get(key);
    return row === undefined || row.deleted === 1 ? undefined : row;
  };
  let latest = newest.get() ?? '';
  const save = (key: string, body: string, deleted: 0 | 1): void => {
    // A clock that is set back must not hide a change from those who read on from the newest time.
    const now = new Date().toISOString();
    if (now > latest) latest = now;
    upsert.run(key, body, latest, deleted);
  };

  return {
    get: (key) => asRecord<T>(living(key)),
    page: (after, limit) => selectPage.all(after, limit).map(toRecord<T>),
    modifiedSince: (time, key, limit) => selectModified.all(time, key, limit).map(toRecord<T>),
    select: ({ where, values, orderBy, limit }) =>
      db
        .prepare<unknown[], Row>(`SELECT * FROM ${name} WHERE ${where} ORDER BY ${orderBy} LIMIT ?`)
        .all(...values, limit)
        .map(toRecord<T>),
    where: (field, value) => selectWhere.all(`$.${field}`, value).map(toRecord<T>),
    put(key, body) {
      save(key, JSON.stringify(body), 0);
      return toRecord<T>(select.get(key) as Row);
    },
    bury(key) {
      const row = living(key);
      if (row === undefined) return false;
      save(key, row.body, 1);
      return true;
    },
    erase: (key) => remove.run(key).changes === 1,
    count: () => countLiving.get() as number,
  };
}

function createSchema(db: Database, name: string): void {
  db.exec(`
    CREATE TABLE IF NOT EXISTS ${name} (
      key TEXT PRIMARY KEY,
      body TEXT NOT NULL,
      modified_at TEXT NOT NULL,
      version INTEGER NOT NULL,
      deleted INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS ${name}_modified ON ${name} (modified_at, key);
  `);
}

function asRecord<T>(row: Row | undefined): StoredRecord<T> | null {
  return row === undefined ? null : toRecord<T>(row);
}

function toRecord<T>(row: Row): StoredRecord<T> {
  return {
    key: row.key,
    body: JSON.parse(row.body) as T,
    modifiedAt: row.modified_at,
    version: row.version,
    deleted: row.deleted === 1,
  };
}
