import type { Pool, PoolConnection, PoolOptions } from 'mysql2/promise';
import { type Context, SystemError } from '../connector.ts';
import type { Query, Session } from '../sql/session.ts';
import { isAnswer, refusal } from './failure.ts';
import type { ParsedOptions } from './options.ts';

/** Opens no connection, and loads no driver, before the first call. */
export function createSession(options: ParsedOptions): Session {
  let driver: Promise<Driver> | null = null;
  const use = async (context: Context, work: (line: Line) => Promise<void>) => {
    driver ??= loadDriver(options);
    await onConnection(await driver, { context, options }, work);
  };
  return {
    async read(context, work) {
      let result: Awaited<ReturnType<typeof work>> | undefined;
      await use(context, async (line) => {
        // In UTC, so that no hour of the marks comes twice a year.
        await line.zone("'+00:00'");
        await line.query('start transaction with consistent snapshot, read only');
        result = await work(line.query);
        await line.query('commit');
      });
      return result as Awaited<ReturnType<typeof work>>;
    },
    async write(call, work) {
      let result: Awaited<ReturnType<typeof work>>['result'] | undefined;
      await use(call.context, async (line) => {
        call.progress = 'working';
        // As for the programs of the system: `on update current_timestamp` of a datetime is in the zone of the session.
        await line.zone(zoneOf(options));
        await line.query('set transaction isolation level read committed');
        await line.query('start transaction read write');
        const ended = await work(line.query);
        if (ended.commit) call.progress = 'committing';
        await line.query(ended.commit ? 'commit' : 'rollback');
        result = ended.result;
      });
      return result as Awaited<ReturnType<typeof work>>['result'];
    },
    close: async () => {
      await (await driver)?.pool.end();
    },
  };
}

/** SQL of the zone that times without a zone are in. */
export function zoneOf(options: { readonly timeZone?: string | undefined }): string {
  return options.timeZone === undefined ? '@@global.time_zone' : `'${options.timeZone}'`;
}

type SqlValue = Parameters<typeof import('mysql2/promise')['escape']>[0];

interface Driver {
  readonly pool: Pool;
  readonly escape: (value: unknown) => string;
  /** What is set on each connection; absent: it is new. */
  readonly known: WeakMap<object, Setting>;
}

async function loadDriver(options: ParsedOptions): Promise<Driver> {
  const mysql = await import('mysql2/promise');
  const connection: PoolOptions = options.client ?? { uri: String(options.connectionString) };
  const pool = mysql.createPool({
    enableKeepAlive: true,
    ...connection,
    charset: 'UTF8MB4_BIN',
    connectionLimit: options.connections,
    connectTimeout: options.connectTimeoutMs,
    multipleStatements: false,
  });
  return { pool, escape: (value) => mysql.escape(value as SqlValue), known: new WeakMap() };
}

/** What is set on a connection. */
interface Setting {
  readonly zone: string;
  /** Bytes that a statement may have. */
  readonly largest: number;
}

/** One connection in use. */
interface Line {
  readonly query: Query;
  readonly zone: (sql: string) => Promise<void>;
}

async function onConnection(
  driver: Driver,
  { context, options }: { readonly context: Context; readonly options: ParsedOptions },
  work: (line: Line) => Promise<void>,
): Promise<void> {
  const ended = endOf(context.signal);
  try {
    const connection = await takeConnection(driver.pool, ended.promise);
    const query = queryOn(connection, { driver, ended: ended.promise, timeout: options.statementTimeoutMs + 5_000 });
    const zone = async (sql: string) => {
      const known = driver.known.get(connection.connection);
      if (known?.zone === sql) return;
      const largest = known?.largest ?? (await prepareConnection(query, options));
      await query(`set session time_zone = ${sql}`);
      driver.known.set(connection.connection, { zone: sql, largest });
    };
    try {
      await work({ query, zone });
      connection.release();
    } catch (error) {
      if (await rolledBack(query, error)) connection.release();
      // The driver cannot cancel a statement; without a connection the database gives up on the transaction by itself.
      else connection.destroy();
      throw error;
    }
  } finally {
    ended.forget();
  }
}

/** A promise that rejects when the signal fires: the driver says nothing of a connection that we ended ourselves. */
function endOf(signal: AbortSignal) {
  const { promise, reject } = withReject();
  const abort = () => reject(new SystemError('down', 'The call was cancelled.'));
  // Nobody may be waiting at that moment.
  promise.catch(() => {});
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  return { promise, forget: () => signal.removeEventListener('abort', abort) };
}

function withReject() {
  let reject: (reason: Error) => void = () => {};
  const promise = new Promise<never>((_, rejected) => {
    reject = rejected;
  });
  return { promise, reject: (reason: Error) => reject(reason) };
}

async function takeConnection(pool: Pool, ended: Promise<never>): Promise<PoolConnection> {
  const taken = pool.getConnection();
  try {
    return await Promise.race([ended, taken]);
  } catch (error) {
    // What nobody waits for any more goes back.
    taken.then((connection) => connection.release()).catch(() => {});
    throw error;
  }
}

/** True if the connection can be used again: what failed was the statement, or nothing of the database at all. */
async function rolledBack(query: Query, error: unknown): Promise<boolean> {
  if (error instanceof SystemError && error.kind === 'down') return false;
  const isLost = isAnswer(error) ? 'fatal' in error && error.fatal === true : error instanceof Error && 'code' in error;
  if (isLost) return false;
  return query('rollback').then(
    () => true,
    () => false,
  );
}

/**
 * Strict, so that no value is cut or bent in silence; but zero dates are let be, for tables that have them as defaults.
 * Returns the bytes that a statement may have.
 */
async function prepareConnection(query: Query, options: ParsedOptions): Promise<number> {
  const seconds = Math.ceil(options.lockTimeoutMs / 1_000);
  const [version, largest] = (await query('select version(), @@max_allowed_packet'))[0] ?? [];
  const limit = String(version).includes('MariaDB')
    ? `max_statement_time = ${options.statementTimeoutMs / 1_000}`
    : `max_execution_time = ${options.statementTimeoutMs}`;
  const settings = [
    "sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,ANSI_QUOTES'",
    'autocommit = 1',
    `innodb_lock_wait_timeout = ${seconds}`,
    `lock_wait_timeout = ${seconds}`,
    limit,
  ];
  await query(`set session ${settings.join(', session ')}`);
  await query('set names utf8mb4 collate utf8mb4_bin');
  await query('set session transaction isolation level repeatable read');
  return Number(largest);
}

interface Way {
  readonly driver: Driver;
  readonly ended: Promise<never>;
  readonly timeout: number;
}

function queryOn(connection: PoolConnection, { driver, ended, timeout }: Way): Query {
  return async (text, values = []) => {
    const sql = text.replace(PLACE, (found, at) => (at ? driver.escape(values[Number(at) - 1] ?? null) : found));
    const largest = driver.known.get(connection.connection)?.largest ?? Number.POSITIVE_INFINITY;
    // The database would end the connection, with an answer or without.
    if (sql.length * 4 > largest && Buffer.byteLength(sql) >= largest) {
      throw refusal(`This takes ${Buffer.byteLength(sql)} bytes; max_allowed_packet of the database is ${largest}`);
    }
    const answer = connection.query({ sql, rowsAsArray: true, timeout, typeCast: readField });
    const [rows] = await Promise.race([ended, answer]);
    return Array.isArray(rows) ? (rows as unknown[][]) : [];
  };
}

/** A column of this name is read as bytes, and is base64 then; every other is text. */
export const BYTES_NAME = 'datastores:bytes';

function readField(field: { readonly name: string; buffer(): Buffer | null; string(encoding: 'utf8'): string | null }) {
  return field.name === BYTES_NAME ? (field.buffer()?.toString('base64') ?? null) : field.string('utf8');
}

/** Quoted texts and names, which are left as they are, and places of values. */
const PLACE = /"(?:[^"]|"")*"|'(?:[^'\\]|''|\\.)*'|`[^`]*`|\$(\d+)/gs;
