import type { Pool, PoolConnection } from 'mysql2/promise';
import { type Context, SystemError } from '../connector.ts';
import type { Query } from '../sql/session.ts';
import { type Driver, prepareConnection } from './driver.ts';
import { isAnswer, refusal } from './failure.ts';
import type { ParsedOptions } from './options.ts';

/** One connection in use. */
export interface Line {
  readonly query: Query;
  readonly zone: (sql: string) => Promise<void>;
}

/**
 * Gives a connection of the pool to `work`, and takes it back if it can be used again. Ends at once when the signal of the
 * context fires. Throws what the driver throws, or SystemError `down`.
 */
export async function onConnection(
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
