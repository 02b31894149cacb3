import { createContext } from '@datastores/sync-server/conformance';
import { type SqlMysqlOptions, sqlMysql } from '@datastores/sync-server/sql-mysql';
import type { MariadbServer } from '../../../support/mariadb.ts';

/** The options of one stream. */
export type StreamOptions = SqlMysqlOptions['streams'][string];

/** How a table is made and read. */
export interface TableOptions {
  /** Columns, keys and options of the table `items`. */
  readonly columns: readonly string[];
  readonly table?: string;
  /** The table is there already. */
  readonly made?: boolean;
  readonly stream?: Partial<StreamOptions>;
  readonly connector?: Partial<SqlMysqlOptions>;
}

/** The table `items` in a database of its own, as a stream. */
export async function openTable(server: MariadbServer, database: string, options: TableOptions) {
  const admin = await server.client();
  // As a server of old: what is not strict has zero dates as defaults.
  await admin.query("set session sql_mode = ''");
  if (!options.made) await admin.query(`create database ${database}`);
  await admin.query(`use ${database}`);
  if (!options.made) await admin.query(`create table items (${options.columns.join(', ')}) ${options.table ?? ''}`);
  const connector = sqlMysql({
    connectionString: server.url(database),
    pageSize: 2,
    ledger: { database: `${database}_ledger` },
    streams: {
      items: { table: `${database}.items`, key: 'id', mode: 'stamp', stamp: 'changed', ...options.stream },
    },
    ...options.connector,
  });
  const { items } = connector.streams;
  if (!items) throw new Error('The connector has no stream items.');
  return {
    items,
    connector,
    check: () => connector.check(createContext()),
    /** Runs statements as another program; the rows of the last. */
    async sql(text: string): Promise<Record<string, unknown>[]> {
      const [rows] = await admin.query({ sql: text, dateStrings: true });
      return rows as Record<string, unknown>[];
    },
    async [Symbol.asyncDispose]() {
      await connector.close();
      await admin.end();
    },
  };
}

/** A stamp as most tables have one. */
export const STAMP = 'changed datetime(6) default current_timestamp(6) on update current_timestamp(6)';
/** A key that the database numbers. */
export const NUMBERED = 'id int auto_increment primary key';
