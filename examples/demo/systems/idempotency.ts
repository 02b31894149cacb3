import type { Database } from 'better-sqlite3';

/** Runs a create once for each key. */
export interface Idempotency {
  /**
   * Runs `create` and keeps the key it made, in one transaction; for an idempotency key seen before, gives the key made
   * then and runs nothing. Without an idempotency key it always runs.
   */
  once(idempotencyKey: string | undefined, create: () => string): { readonly key: string; readonly repeated: boolean };
}

/** Remembers idempotency keys in `db` for as long as the file lives. */
export function createIdempotency(db: Database): Idempotency {
  db.exec('CREATE TABLE IF NOT EXISTS idempotency (id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID');
  const select = db.prepare<[string], string>('SELECT record FROM idempotency WHERE id = ?').pluck();
  const insert = db.prepare('INSERT INTO idempotency (id, record) VALUES (?, ?)');
  const run = db.transaction((id: string, create: () => string) => {
    const known = select.get(id) as string | undefined;
    if (known !== undefined) return { key: known, repeated: true };
    const key = create();
    insert.run(id, key);
    return { key, repeated: false };
  });
  return {
    once: (id, create) => (id === undefined || id === '' ? { key: create(), repeated: false } : run(id, create)),
  };
}
