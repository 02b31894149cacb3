import Database from 'better-sqlite3';

/** A record as the service shows it. */
export interface ServiceItem {
  readonly id: number;
  readonly name: string | null;
  readonly quantity: number;
  readonly external_ref: string | null;
  readonly updated_at: string | null;
  readonly version: number;
  readonly deleted: boolean;
}

/** What may be set. */
export type ServiceFields = Partial<Pick<ServiceItem, 'name' | 'quantity' | 'external_ref'>>;

/** The table of the service. */
export interface ItemsTable {
  /** One stamp for all. */
  insert(records: readonly ServiceFields[]): number[];
  update(id: number, fields: ServiceFields): void;
  adjust(id: number, amount: number): void;
  remove(id: number): void;
  get(id: number): ServiceItem | null;
  /** By (updated_at, id), from a stamp on or behind a record. */
  list(range: {
    readonly since?: string;
    readonly after?: number;
    readonly limit: number;
    readonly offset: number;
  }): ServiceItem[];
  /** Sets the time of the last change, as a clock that is wrong or a commit that is late does. */
  restamp(id: number, stamp: string | null): void;
  /** Inserts under an id, also one that was taken before. */
  insertAs(id: number, record: ServiceFields): void;
  /** False: two records may carry the same reference. */
  readonly uniqueRefs: boolean;
  /** Living records. */
  count(): number;
  /** What was answered under an idempotency key. */
  replay(key: string): number | null;
  remember(key: string, id: number): void;
  close(): void;
}

/** How the table is kept. */
export interface ItemsOptions {
  readonly tombstones: boolean;
  /** Default true. */
  readonly uniqueRefs?: boolean;
}

/** Creates the table in a new SQLite file. Without `tombstones` deleted records are gone. */
export function createItemsTable(file: string, options: ItemsOptions): ItemsTable {
  const { uniqueRefs = true } = options;
  const database = new Database(file);
  database.exec(`
    create table items (id integer primary key autoincrement, name text, quantity integer not null default 0,
      external_ref text ${uniqueRefs ? 'unique' : ''}, updated_at text, version integer not null default 1, deleted integer not null default 0);
    create table replies (key text primary key, id integer not null);`);
  const now = () => new Date().toISOString();
  const select = (where: string, values: unknown[]) =>
    (database.prepare(`select * from items ${where}`).all(...values) as ServiceItem[]).map((row) => ({
      ...row,
      deleted: Boolean(row.deleted),
    }));
  const touch = (set: string, values: unknown[]) =>
    void database.prepare(`update items set ${set}, version = version + 1, updated_at = ? where id = ?`).run(...values);
  return {
    insert: database.transaction((records: readonly ServiceFields[]) => {
      const stamp = now();
      const insert = database.prepare(
        'insert into items (name, quantity, external_ref, updated_at) values (?, ?, ?, ?)',
      );
      return records.map(({ name = null, quantity = 0, external_ref = null }) =>
        Number(insert.run(name, quantity, external_ref, stamp).lastInsertRowid),
      );
    }),
    update: (id, fields) => {
      const names = Object.keys(fields).map((name) => `${name} = ?`);
      touch(['id = id', ...names].join(', '), [...Object.values(fields), now(), id]);
    },
    adjust: (id, amount) => touch('quantity = quantity + ?', [amount, now(), id]),
    remove: (id) => {
      if (options.tombstones) touch('deleted = 1', [now(), id]);
      else database.prepare('delete from items where id = ?').run(id);
    },
    restamp: (id, stamp) => void database.prepare('update items set updated_at = ? where id = ?').run(stamp, id),
    insertAs: (id, { name = null, quantity = 0 }) => {
      database.prepare('delete from items where id = ?').run(id);
      database
        .prepare('insert into items (id, name, quantity, updated_at) values (?, ?, ?, ?)')
        .run(id, name, quantity, now());
    },
    uniqueRefs,
    get: (id) => select('where id = ? and not deleted', [id])[0] ?? null,
    list: ({ since = '', after, limit, offset }) =>
      select(
        `where ${after === undefined ? (since === '' ? '? is not null' : 'updated_at >= ?') : '(updated_at, id) > (?, ?)'} order by updated_at, id limit ? offset ?`,
        [since, ...(after === undefined ? [] : [after]), limit, offset],
      ),
    count: () => select('where not deleted', []).length,
    replay: (key) =>
      (database.prepare('select id from replies where key = ?').get(key) as { id: number } | undefined)?.id ?? null,
    remember: (key, id) => void database.prepare('insert into replies values (?, ?)').run(key, id),
    close: () => database.close(),
  };
}
