import type { Ledger } from '../sql/ledger.ts';
import { quoteName } from '../sql/names.ts';
import type { Query } from '../sql/session.ts';
import { isAnswer } from './failure.ts';

/** A ledger in a database of its own: the tables of the system are never altered. */
export function createLedger(options: { readonly database: string; readonly keepDays: number }): Ledger {
  const table = `${quoteName(options.database)}.write_ledger`;
  const look: Ledger['look'] = async (query, write) => {
    const rows = await query(`select record_key from ${table} where write_id = $1`, [write.id]);
    return rows[0] ? { key: String(rows[0][0]) } : null;
  };
  const claim: Ledger['claim'] = async (query, stream, write) => {
    try {
      // Waits for the same write under way in another transaction, e.g. one whose connection was cut while it committed.
      await query(`insert into ${table} (write_id, stream, record_key, at) values ($1, $2, $3, utc_timestamp(6))`, [
        write.id,
        stream,
        write.op === 'create' ? '' : write.key,
      ]);
      return null;
    } catch (error) {
      if (!isAnswer(error) || error.errno !== DUPLICATE) throw error;
    }
    // Not there although it was in the way: forgotten in this moment because of its age.
    return (await look(query, write)) ?? claim(query, stream, write);
  };
  return {
    async prepare(query) {
      const there = await query(
        "select 1 from information_schema.tables where table_schema = $1 and table_name = 'write_ledger'",
        [options.database],
      );
      if (there.length === 0) await create(query, options.database, table);
      await query(`delete from ${table} where at < utc_timestamp(6) - interval $1 second`, [
        Math.round(options.keepDays * 86_400),
      ]);
    },
    claim,
    async setKey(query, write, key) {
      await query(`update ${table} set record_key = $2 where write_id = $1`, [write.id, key]);
    },
    look,
  };
}

/** Ids as bytes: no collation makes two of them one. Only InnoDB has transactions, whatever the default of the server. */
async function create(query: Query, database: string, table: string): Promise<void> {
  const known = await query('select 1 from information_schema.schemata where schema_name = $1', [database]);
  // Needs a right that one who made the database by hand need not give.
  if (known.length === 0) await query(`create database if not exists ${quoteName(database)} character set utf8mb4`);
  await query(`create table if not exists ${table} (
    write_id varbinary(255) not null primary key, stream text not null, record_key text not null,
    at datetime(6) not null, key write_ledger_at (at)
  ) engine = InnoDB default character set utf8mb4 collate utf8mb4_bin`);
}

const DUPLICATE = 1062;
