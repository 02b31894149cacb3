import type { Pool, PoolClient } from 'pg';
import { storeClosed } from '../store-closed.ts';
import { storeFailure } from './failure.ts';
import { listsOf, rowsOf, run, type Statement } from './session.ts';

/** Reads, and single statements that change something. All reject with STORE_CLOSED after the end. */
export interface Reader {
  /** Rows as objects, of one statement and so of one snapshot. */
  rows<Row>(statement: Statement): Promise<readonly Row[]>;
  lists<Row>(statement: Statement): Promise<readonly Row[]>;
  /** Runs one statement by itself and says how many rows it changed. */
  run(statement: Statement): Promise<number>;
  /** Several reads of one snapshot. */
  snapshot<T>(read: (client: PoolClient) => Promise<T>): Promise<T>;
  /** Several statements of one transaction. */
  transaction<T>(change: (client: PoolClient) => Promise<T>): Promise<T>;
}

/** Reads from a pool of connections. */
export function createReader(pool: Pool): Reader {
  return {
    rows: (statement) => withClient(pool, (client) => rowsOf(client, statement)),
    lists: (statement) => withClient(pool, (client) => listsOf(client, statement)),
    run: (statement) => withClient(pool, (client) => run(client, statement)),
    snapshot: (read) =>
      withClient(pool, (client) => within(client, 'begin isolation level repeatable read read only', read)),
    transaction: (change) => withClient(pool, (client) => within(client, 'begin', change)),
  };
}

async function within<T>(client: PoolClient, begin: string, use: (client: PoolClient) => Promise<T>): Promise<T> {
  const began = client.query(begin);
  const used = use(client);
  await Promise.allSettled([began, used]);
  await began;
  const result = await used;
  await client.query('commit');
  return result;
}

/** A connection that has failed is not used again: what it was doing may not have ended. */
async function withClient<T>(pool: Pool, use: (client: PoolClient) => Promise<T>): Promise<T> {
  if (pool.ending) throw storeClosed();
  let client: PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw pool.ending ? storeClosed() : storeFailure(error);
  }
  try {
    const result = await use(client);
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw storeFailure(error);
  }
}
