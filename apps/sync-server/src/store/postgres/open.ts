import { DatastoreError, isDatastoreError } from '@datastores/core';
import type { Pool } from 'pg';
import { type StoreAddress, storeAddress } from './address.ts';
import { storeFailure } from './failure.ts';
import { migrate } from './migrate.ts';
import { createPool } from './pool.ts';
import { assertSafe } from './settings.ts';

/** Connections of a store whose schema is the newest. */
export interface OpenedPool {
  readonly pool: Pool;
  readonly address: StoreAddress;
  readonly epoch: string;
}

/**
 * Connects to the database, makes sure that it loses nothing, and brings its schema to the newest form. Throws CONFIG_INVALID,
 * STORE_UNSAFE, or STORE_UNAVAILABLE naming the address and the reason.
 */
export async function openPool(url: string, now: number): Promise<OpenedPool> {
  const address = storeAddress(url);
  const pool = createPool(address.connectionString, address.schema);
  try {
    return { pool, address, epoch: await prepare(pool, address.schema, now) };
  } catch (error) {
    await pool.end();
    throw openFailure(address, error);
  }
}

async function prepare(pool: Pool, schema: string, now: number): Promise<string> {
  const client = await pool.connect();
  try {
    await assertSafe(client);
    await migrate(client, { schema, now });
    // Numbers of transactions begin again where a database was restored from a dump; older ones would be news for ever.
    await client.query(
      "update scope_commit set transaction = '3' where transaction >= pg_snapshot_xmax(pg_current_snapshot())",
    );
    const { rows } = await client.query<{ value: string }>("select value from meta where key = 'epoch'");
    client.release();
    return rows[0]?.value ?? '';
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** The failure of opening the store at an address. */
export function openFailure({ shown }: StoreAddress, error: unknown): unknown {
  const known = storeFailure(error);
  if (isDatastoreError(known) && known.code === 'STORE_UNSAFE') return known;
  const reason = known instanceof Error ? known.message : String(known);
  const text = isDatastoreError(known) ? reason.replace(`${known.code}: `, '').replace(` ${known.remedy}`, '') : reason;
  return new DatastoreError('STORE_UNAVAILABLE', `The store at ${shown} cannot be opened: ${text}`, {
    remedy: isDatastoreError(error)
      ? error.remedy
      : 'Check that the database server runs and that address, user, password and permissions are right.',
    cause: error,
  });
}
