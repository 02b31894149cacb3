import { type ClientConfig, Pool, type PoolClient, type types } from 'pg';
import { type Context, SystemError } from '../connector.ts';
import type { Query, Session } from '../sql/session.ts';
import type { ParsedOptions } from './options.ts';
import { valueParser } from './value.ts';

/** Connections to a PostgreSQL database. */
export interface PostgresSession extends Session {
  /** As `read`, with the time that decoding of the log may take. */
  decode<T>(context: Context, work: (query: Query) => Promise<T>): Promise<T>;
}

/** Opens no connection before the first call. */
export function createSession(options: ParsedOptions): PostgresSession {
  const pool = new Pool(poolConfig(options));
  // A connection that dies while idle is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => {});
  const settings = [
    "datestyle = 'ISO, YMD'",
    "timezone = 'UTC'",
    "intervalstyle = 'iso_8601'",
    "bytea_output = 'hex'",
    'extra_float_digits = 1',
    `statement_timeout = ${options.statementTimeoutMs}`,
    `lock_timeout = ${options.lockTimeoutMs}`,
  ];
  let closed: Promise<void> | undefined;
  const prologue = settings.map((setting) => `set local ${setting};`).join(' ');
  const { decodeTimeoutMs } = options.replication;
  const reading = <T>(context: Context, begin: string, work: (client: PoolClient) => Promise<T>): Promise<T> =>
    onConnection(pool, context, async (client) => {
      await client.query(`begin isolation level repeatable read read only; ${prologue} ${begin}`);
      const result = await work(client);
      await client.query('commit');
      return result;
    });
  return {
    read: (context, work) => reading(context, '', (client) => work(queryOn(client))),
    decode: (context, work) =>
      reading(context, `set local statement_timeout = ${decodeTimeoutMs};`, (client) =>
        work(queryOn(client, decodeTimeoutMs + ANSWER_MS)),
      ),
    write: (call, work) =>
      onConnection(pool, call.context, async (client) => {
        call.progress = 'working';
        await client.query(`begin isolation level read committed; ${prologue}`);
        const ended = await work(queryOn(client));
        if (ended.commit) call.progress = 'committing';
        await client.query(ended.commit ? 'commit' : 'rollback');
        return ended.result;
      }),
    close: () => {
      closed ??= pool.end();
      return closed;
    },
  };
}

async function onConnection<T>(pool: Pool, context: Context, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const { signal } = context;
  if (signal.aborted) throw new SystemError('down', 'The call was cancelled before it began.');
  const client = await pool.connect();
  let broken = false;
  // pg cannot cancel a statement; without a connection the database gives up on the transaction by itself.
  const abort = () => {
    broken = true;
    client.end().catch(() => {});
  };
  // Without a listener an error of the socket while no statement runs would end the process.
  const dropped = () => {
    broken = true;
  };
  client.on('error', dropped);
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    return await work(client);
  } catch (error) {
    broken ||= !(await rolledBack(client, error));
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
    client.off('error', dropped);
    client.release(broken);
  }
}

/** True if the connection can be used again. */
async function rolledBack(client: PoolClient, error: unknown): Promise<boolean> {
  if (!(error instanceof Error) || !('severity' in error) || error.severity !== 'ERROR') return false;
  return client.query('rollback').then(
    () => true,
    () => false,
  );
}

function queryOn(client: PoolClient, timeoutMs?: number): Query {
  const limit = timeoutMs === undefined ? {} : { query_timeout: timeoutMs };
  return async (text, values = []) => {
    const result = await client.query<unknown[]>({ text, values: [...values], rowMode: 'array', ...limit });
    return result.rows;
  };
}

/** How long an answer may be under way. */
const ANSWER_MS = 5_000;

function poolConfig(options: ParsedOptions) {
  const connection: ClientConfig = options.client ?? { connectionString: options.connectionString };
  return {
    application_name: 'datastores',
    keepAlive: true,
    ...connection,
    max: options.connections,
    connectionTimeoutMillis: options.connectTimeoutMs,
    // The database times out first; this is for a network that swallows its answer.
    query_timeout: options.statementTimeoutMs + ANSWER_MS,
    types: { getTypeParser: valueParser as typeof types.getTypeParser },
  };
}
