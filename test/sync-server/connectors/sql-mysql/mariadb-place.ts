import { randomUUID } from 'node:crypto';
import type { ConnectorPlace, Sample } from '@datastores/sync-server/conformance';
import { type SqlMysqlOptions, sqlMysql } from '@datastores/sync-server/sql-mysql';
import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import type { MariadbServer } from '../../../support/mariadb.ts';

/** How the table of the samples is kept and read. */
export interface MariadbSample {
  /** Columns beside id, name and quantity, and triggers that keep them current. */
  readonly ddl: (database: string) => string;
  readonly stream: Pick<SqlMysqlOptions['streams'][string], 'mode' | 'stamp' | 'marker' | 'tombstone'>;
}

/** One table in a database of its own, read through two connectors. */
export async function openMariadbPlace(
  server: MariadbServer,
  sample: MariadbSample,
  pageSize: number,
): Promise<ConnectorPlace> {
  const database = `s${randomUUID().replaceAll('-', '')}`;
  let other = await server.client();
  await other.query(`create database ${database} character set utf8mb4; use ${database};
    create table items (
      id int auto_increment primary key, name varchar(20), quantity int not null default 0 ${sample.ddl(database)}`);
  const options: SqlMysqlOptions = {
    connectionString: server.url(database),
    ledger: { database: `${database}_ledger` },
    pageSize,
    connectTimeoutMs: 2_000,
    streams: {
      items: {
        table: `${database}.items`,
        key: 'id',
        columns: ['name', 'quantity'],
        mintKey: 'auto',
        ...sample.stream,
      },
    },
  };
  const connectors = [sqlMysql(options), sqlMysql(options)] as const;
  const [stream, second] = connectors.map((connector) => connector.streams.items);
  if (!stream || !second) throw new Error('The connector has no stream items.');
  const insert = `insert into ${database}.items (name, quantity) values ?`;
  const values = (records: readonly Sample[]) => [records.map(({ name, quantity }) => [name, quantity])];
  const alive = sample.stream.tombstone === undefined ? '' : ` where ${sample.stream.tombstone} is null`;
  const removal =
    sample.stream.tombstone === undefined
      ? `delete from ${database}.items where id = ?`
      : `update ${database}.items set ${sample.stream.tombstone} = now(6) where id = ?`;
  return {
    connector: connectors[0],
    stream,
    second,
    other: {
      async insert(records) {
        const [{ insertId }] = await other.query<ResultSetHeader>(insert, values(records));
        return records.map((_, at) => String(insertId + at));
      },
      rename: async (key, name) =>
        void (await other.query(`update ${database}.items set name = ? where id = ?`, [name, key])),
      move: async (key, amount) =>
        void (await other.query(`update ${database}.items set quantity = quantity + ? where id = ?`, [amount, key])),
      remove: async (key) => void (await other.query(removal, [key])),
      async count() {
        const [rows] = await other.query<RowDataPacket[]>(`select count(*) as n from ${database}.items${alive}`);
        return Number(rows[0]?.n);
      },
      async insertLate(record) {
        const client = await server.client();
        await client.query('start transaction');
        const [{ insertId }] = await client.query<ResultSetHeader>(insert, values([record]));
        return {
          key: String(insertId),
          async commit() {
            await client.query('commit');
            await client.end();
          },
        };
      },
    },
    interrupt: () => server.stop(),
    async resume() {
      await server.start();
      other = await server.client();
    },
    async [Symbol.asyncDispose]() {
      for (const connector of connectors) await connector.close();
      await other.query(`drop database if exists ${database}; drop database if exists ${database}_ledger`);
      await other.end();
    },
  };
}
