import { escapeIdentifier } from 'pg';
import type { Write } from '../connector.ts';
import type { Query } from './session.ts';

/** Remembers, in the transaction of each write, that it was made: a repeat finds it and changes nothing. */
export interface Ledger {
  /** Makes schema and table if they are not there; forgets what is older than `keepDays`. */
  prepare(query: Query): Promise<void>;
  /** Notes a write that is about to be made. Returns the earlier note instead if it was made before. */
  claim(query: Query, stream: string, write: Write): Promise<Noted | null>;
  /** Notes the key that a create was given. */
  setKey(query: Query, write: Write, key: string): Promise<void>;
  look(query: Query, write: Write): Promise<Noted | null>;
}

/** A write that was made. */
export interface Noted {
  readonly key: string;
}

/** A ledger in a schema of its own: the tables of the system are never altered. */
export function createLedger(options: { readonly schema: string; readonly keepDays: number }): Ledger {
  const schema = escapeIdentifier(options.schema);
  const table = `${schema}.write_ledger`;
  const look: Ledger['look'] = async (query, write) => {
    const rows = await query(`select key from ${table} where write_id = $1`, [write.id]);
    return rows[0] ? { key: String(rows[0][0]) } : null;
  };
  const claim: Ledger['claim'] = async (query, stream, write) => {
    // Waits for the same write under way in another transaction, e.g. one whose connection was cut while it committed.
    const claimed = await query(
      `insert into ${table} (write_id, stream, key) values ($1, $2, $3) on conflict do nothing returning 1`,
      [write.id, stream, write.op === 'create' ? '' : write.key],
    );
    if (claimed.length === 1) return null;
    // Not there although it was in the way: forgotten in this moment because of its age.
    return (await look(query, write)) ?? claim(query, stream, write);
  };
  return {
    async prepare(query) {
      const [there] = await query('select to_regclass($1) is not null', [table]);
      if (there?.[0] !== true) await create(query, schema, table);
      await query(`delete from ${table} where at < now() - $1::float8 * interval '1 day'`, [options.keepDays]);
    },
    claim,
    async setKey(query, write, key) {
      await query(`update ${table} set key = $2 where write_id = $1`, [write.id, key]);
    },
    look,
  };
}

/** Two servers that start at once may both get here. */
async function create(query: Query, schema: string, table: string): Promise<void> {
  await query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [table]);
  await query(`create schema if not exists ${schema}`);
  await query(`create table if not exists ${table} (
    write_id text primary key, stream text not null, key text not null, at timestamptz not null default now())`);
  await query(`create index if not exists write_ledger_at on ${table} (at)`);
}
