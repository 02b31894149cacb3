import { randomUUID } from 'node:crypto';
import type { ConnectorPlace, Sample } from '@datastores/sync-server/conformance';
import { type SqlPostgresOptions, sqlPostgres } from '@datastores/sync-server/sql-postgres';
import type { PostgresCluster } from '../../../support/postgres.ts';

/** How the table of the samples is kept and read. */
export interface PostgresSample {
  /** Columns beside id, name and quantity, and triggers that keep them current. */
  readonly ddl: (schema: string) => string;
  readonly stream: Pick<SqlPostgresOptions['streams'][string], 'mode' | 'stamp' | 'xid'>;
}

/** One table in a schema of its own, read through two connectors. */
export async function openPostgresPlace(
  cluster: PostgresCluster,
  sample: PostgresSample,
  pageSize: number,
): Promise<ConnectorPlace> {
  const schema = `s${randomUUID().replaceAll('-', '')}`;
  let other = await cluster.client();
  await other.query(`
    create schema ${schema};
    create table ${schema}.items (
      id serial primary key, name varchar(20), quantity int not null default 0 ${sample.ddl(schema)}`);
  const options: SqlPostgresOptions = {
    connectionString: cluster.url('postgres'),
    ledger: { schema: `${schema}_ledger` },
    replication: { name: schema },
    pageSize,
    connectTimeoutMs: 2_000,
    streams: {
      items: {
        table: `${schema}.items`,
        key: 'id',
        columns: ['name', 'quantity'],
        mintKey: 'sequence',
        ...sample.stream,
      },
    },
  };
  const connectors = [sqlPostgres(options), sqlPostgres(options)] as const;
  const [stream, second] = connectors.map((connector) => connector.streams.items);
  if (!stream || !second) throw new Error('The connector has no stream items.');
  const insert = `insert into ${schema}.items (name, quantity) select * from unnest($1::text[], $2::int[]) returning id`;
  const values = (records: readonly Sample[]) => [records.map((r) => r.name), records.map((r) => r.quantity)];
  return {
    connector: connectors[0],
    stream,
    second,
    other: {
      insert: async (records) => (await other.query(insert, values(records))).rows.map((row) => String(row.id)),
      rename: async (key, name) =>
        void (await other.query(`update ${schema}.items set name = $2 where id = $1`, [key, name])),
      move: async (key, amount) =>
        void (await other.query(`update ${schema}.items set quantity = quantity + $2 where id = $1`, [key, amount])),
      remove: async (key) => void (await other.query(`delete from ${schema}.items where id = $1`, [key])),
      count: async () => Number((await other.query(`select count(*) from ${schema}.items`)).rows[0].count),
      async insertLate(record) {
        const client = await cluster.client();
        await client.query('begin');
        const { rows } = await client.query(insert, values([record]));
        return {
          key: String(rows[0].id),
          async commit() {
            await client.query('commit');
            await client.end();
          },
        };
      },
    },
    interrupt: () => cluster.stop('fast'),
    async resume() {
      await cluster.start();
      other = await cluster.client();
    },
    async [Symbol.asyncDispose]() {
      for (const connector of connectors) await connector.close();
      await other.query(`drop publication if exists ${schema}_items`);
      await other.query('select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1', [
        `${schema}_items`,
      ]);
      await other.query(`drop schema if exists ${schema}, ${schema}_ledger cascade`);
      await other.end();
    },
  };
}
