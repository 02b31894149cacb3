import type { Ledger } from '../sql/ledger.ts';
import { quoteName } from '../sql/names.ts';
import type { Query } from '../sql/session.ts';

/** A ledger in a schema of its own: the tables of the system are never altered. */
export function createLedger(options: { readonly schema: string; readonly keepDays: number }): Ledger {
  const schema = quoteName(options.schema);
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
    together: {
      async claim(query, stream, writes) {
        const [ids, keys] = [writes.map(({ id }) => id), writes.map(({ key }) => key)];
        const claimed = await query(
          `insert into ${table} (write_id, stream, key) select w.id, $1, w.key
           from unnest($2::text[], $3::text[]) as w(id, key) on conflict do nothing returning write_id`,
          [stream, ids, keys],
        );
        return new Set(claimed.map(([id]) => String(id)));
      },
      async release(query, writes) {
        await query(`delete from ${table} where write_id = any ($1::text[])`, [writes.map(({ id }) => id)]);
      },
    },
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
