import Database from 'better-sqlite3';
import type { SqlCondition } from '../../examples/demo/systems/odata/filter.ts';

/** A row as it is stored. Decimals and 64-bit numbers are text. */
export interface ODataRow {
  readonly ID: number | string;
  readonly name: string | null;
  readonly quantity: number;
  readonly price: string | null;
  readonly serial: string | null;
  readonly day: string | null;
  readonly due: string | null;
  readonly ref: string | null;
  readonly modifiedAt: string | null;
  readonly version: number;
  readonly deleted: number;
  readonly lines: string;
}

/** What may be set. */
export type ODataFields = Partial<Omit<ODataRow, 'modifiedAt' | 'version' | 'deleted'>>;

/** What happened to a row since a place in the log. */
export interface LoggedRow {
  readonly seq: number;
  readonly key: ODataRow['ID'];
}

/** The table of the service: the other side. */
export interface ODataTable {
  /** One stamp for all. */
  insert(records: readonly ODataFields[]): ODataRow['ID'][];
  update(id: ODataRow['ID'], fields: ODataFields): void;
  remove(id: ODataRow['ID']): void;
  get(id: ODataRow['ID']): ODataRow | null;
  list(query: ODataQuery): ODataRow[];
  /** Sets the time of the last change, as a clock that is wrong or a commit that is late does. */
  restamp(id: ODataRow['ID'], stamp: string | null): void;
  count(): number;
  /** The last state of each row that changed behind a place, in the order of these changes. */
  changedSince(seq: number): LoggedRow[];
  logEnd(): number;
  /** Deltas from before now are forgotten. */
  forgetLog(): void;
  logStart(): number;
  /** All or nothing. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** A reading of the table. */
export interface ODataQuery {
  readonly where?: SqlCondition | undefined;
  /** Trusted SQL. */
  readonly orderBy?: string | undefined;
  readonly limit: number;
  readonly offset?: number;
}

/** Creates the table in a new SQLite file. Without `tombstones` deleted rows are gone. */
export function createODataTable(
  file: string,
  options: { readonly tombstones: boolean; readonly textKeys: boolean },
): ODataTable {
  const database = new Database(file);
  const id = options.textKeys ? 'text primary key' : 'integer primary key autoincrement';
  database.exec(`
    create table items (ID ${id}, name text, quantity integer not null default 0, price text, serial text, day text,
      due text, ref text unique, modifiedAt text, version integer not null default 1, deleted integer not null default 0,
      lines text not null default '[]');
    create table log (seq integer primary key autoincrement, key);
    create trigger logged_insert after insert on items begin insert into log (key) values (new.ID); end;
    create trigger logged_update after update on items begin insert into log (key) values (new.ID); end;
    create trigger logged_delete after delete on items begin insert into log (key) values (old.ID); end;`);
  const now = () => storedTime(new Date().toISOString());
  let minted = 0;
  let start = 0;
  const set = (key: ODataRow['ID'], fields: Readonly<Record<string, unknown>>) => {
    const names = Object.keys(fields).map((name) => `${name} = ?`);
    const sql = `update items set ${[...names, 'version = version + 1', 'modifiedAt = ?'].join(', ')} where ID = ?`;
    database.prepare(sql).run(...Object.values(fields), now(), key);
  };
  const logEnd = () => database.prepare('select coalesce(max(seq), 0) from log').pluck().get() as number;
  return {
    insert: database.transaction((records: readonly ODataFields[]) => {
      const stamp = now();
      return records.map((record) => {
        minted += 1;
        const row = { ...(options.textKeys && { ID: `K${minted}` }), ...record, modifiedAt: stamp };
        const names = Object.keys(row);
        const sql = `insert into items (${names.join(', ')}) values (${names.map(() => '?').join(', ')}) returning ID`;
        return database
          .prepare(sql)
          .pluck()
          .get(...Object.values(row)) as ODataRow['ID'];
      });
    }),
    update: (key, fields) => set(key, fields),
    remove: (key) => {
      if (options.tombstones) set(key, { deleted: 1 });
      else database.prepare('delete from items where ID = ?').run(key);
    },
    get: (key) =>
      (database.prepare('select * from items where ID = ? and not deleted').get(key) as ODataRow | undefined) ?? null,
    list: ({ where, orderBy = 'ID', limit, offset = 0 }) =>
      database
        .prepare(`select * from items where ${where?.sql ?? 'true'} order by ${orderBy} limit ? offset ?`)
        .all(...(where?.values ?? []), limit, offset) as ODataRow[],
    restamp: (key, stamp) => void database.prepare('update items set modifiedAt = ? where ID = ?').run(stamp, key),
    count: () => database.prepare('select count(*) from items where not deleted').pluck().get() as number,
    changedSince: (seq) =>
      database
        .prepare('select max(seq) as seq, key from log where seq > ? group by key order by 1')
        .all(seq) as LoggedRow[],
    logEnd,
    forgetLog: () => {
      start = logEnd();
    },
    logStart: () => start,
    transaction: (work) => database.transaction(work)(),
    close: () => database.close(),
  };
}

/** A time with seven digits behind the point, as it is stored and compared. */
export function storedTime(time: string): string {
  const [, seconds = '', fraction = ''] = /^(.*T\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/.exec(time) ?? [];
  return `${seconds}.${fraction.padEnd(7, '0')}Z`;
}
