import pg, { type ClientBase, type Pool } from 'pg';
import { decodeText } from './text-code.ts';

/** How many connections one store holds at most. */
const MAX_CONNECTIONS = 10;

/** How long a caller waits for a connection before it is told that there is none. */
const CONNECT_TIMEOUT_MS = 5_000;

/** Connections of a store. A server that goes away under one that is idle breaks nothing: the next call makes another. */
export function createPool(connectionString: string, schema: string): Pool {
  const pool = new pg.Pool({
    connectionString,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // A transaction is a handful of statements, sent without waiting for the answer to the one before.
    pipeline: true,
    keepAlive: true,
    application_name: 'datastores',
    types: { getTypeParser },
    onConnect: (client: ClientBase) => prepareSession(client, schema),
  } as pg.PoolConfig);
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/**
 * What holds for every connection. A process that is stopped in the middle of a transaction must not keep its locks: the
 * database ends it. Statements are planned once, maybe while the tables are empty, and all are made to go by an index.
 */
export async function prepareSession(client: ClientBase, schema: string): Promise<void> {
  await client.query(`
    set search_path to "${schema}", pg_catalog;
    set client_encoding to 'UTF8';
    set timezone to 'UTC';
    set lock_timeout to '10s';
    set statement_timeout to '60s';
    set idle_in_transaction_session_timeout to '5s';
    set default_transaction_isolation to 'read committed';
    set plan_cache_mode to 'force_generic_plan';
    set enable_seqscan to off;
    set enable_hashjoin to off;
    set enable_mergejoin to off`);
}

const TEXT_TYPES = new Set([18, 19, 25, 1042, 1043]);
const INT8 = 20;
const NUMERIC = 1700;

/** Numbers that are counted in this store stay far below what a number holds exactly. */
function getTypeParser(oid: number, format?: string) {
  if (format !== 'binary' && TEXT_TYPES.has(oid)) return decodeText;
  if (format !== 'binary' && (oid === INT8 || oid === NUMERIC)) return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}
