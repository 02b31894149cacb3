import type { Pool, PoolOptions } from 'mysql2/promise';
import type { Query } from '../sql/session.ts';
import type { ParsedOptions } from './options.ts';

type SqlValue = Parameters<typeof import('mysql2/promise')['escape']>[0];

/** Connections, and what is known of each. */
export interface Driver {
  readonly pool: Pool;
  readonly escape: (value: unknown) => string;
  /** What is set on each connection; absent: it is new. */
  readonly known: WeakMap<object, Setting>;
}

/** Loads the package and makes its pool; connects to nothing yet. */
export async function loadDriver(options: ParsedOptions): Promise<Driver> {
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
export interface Setting {
  readonly zone: string;
  /** Bytes that a statement may have. */
  readonly largest: number;
}

/**
 * Strict, so that no value is cut or bent in silence; but zero dates are let be, for tables that have them as defaults.
 * Returns the bytes that a statement may have.
 */
export async function prepareConnection(query: Query, options: ParsedOptions): Promise<number> {
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
