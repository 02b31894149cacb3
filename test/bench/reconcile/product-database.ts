import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Client } from 'pg';
import { type PostgresCluster, startPostgres } from '../../support/postgres.ts';
import { SEED } from '../documents/kinds.ts';
import { makeProduct } from '../documents/product.ts';
import { CHANGED, CREATE_TABLE, PRODUCT_COLUMNS, PRODUCT_TABLE, toRow } from './product-table.ts';

/** A cluster with one database full of products, of which every round gets a copy of its own. */
export interface ProductDatabase extends AsyncDisposable {
  /** Makes a copy and returns how to connect to it. */
  copy(name: string): Promise<string>;
  drop(name: string): Promise<void>;
}

const LOAD_ROWS = 1_000;
const TEMPLATE = 'products';

/**
 * Starts a cluster and fills it. It lies on the disk, as the files of the other side do: not in the folder of the bench,
 * since PostgreSQL runs as a user that may not enter it, and not in the one for temporary files, which may be in memory.
 */
export async function startProductDatabase(docs: number): Promise<ProductDatabase> {
  const cluster = await startPostgres(SETTINGS, existsSync(ON_DISK) ? ON_DISK : tmpdir());
  try {
    await fill(await cluster.createDatabase(TEMPLATE), docs);
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  return {
    async copy(name) {
      await administer(cluster, `create database ${name} template ${TEMPLATE} strategy file_copy`);
      return cluster.url(name);
    },
    drop: (name) => administer(cluster, `drop database ${name} with (force)`),
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

/** How many products have a value in the column that the changes set. */
export async function countChanged(url: string, value: number): Promise<number> {
  const rows = await query(url, `select count(*)::int from ${PRODUCT_TABLE} where ${CHANGED.column} = $1`, [value]);
  return Number(rows[0]?.[0]);
}

const ON_DISK = '/var/tmp';

/** As it comes, but that nothing happens by itself in one round and not in the other. */
const SETTINGS = { fsync: 'on', autovacuum: 'off', max_wal_size: '4GB', checkpoint_timeout: '1h' };

async function fill(url: string, docs: number): Promise<void> {
  await query(url, CREATE_TABLE);
  const columns = PRODUCT_COLUMNS.join(', ');
  const load = `insert into ${PRODUCT_TABLE} (${columns})
    select ${columns} from jsonb_populate_recordset(null::${PRODUCT_TABLE}, $1::jsonb)`;
  for (let start = 0; start < docs; start += LOAD_ROWS) {
    const count = Math.min(LOAD_ROWS, docs - start);
    const rows = Array.from({ length: count }, (_, at) => toRow({ ...makeProduct(SEED, start + at) }));
    await query(url, load, [JSON.stringify(rows)]);
  }
  await query(url, `vacuum analyze ${PRODUCT_TABLE}`);
  await query(url, 'checkpoint');
}

async function administer(cluster: PostgresCluster, statement: string): Promise<void> {
  await query(cluster.url('postgres'), statement);
}

async function query(url: string, text: string, values?: readonly unknown[]): Promise<unknown[][]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<unknown[]>({ text, rowMode: 'array', ...(values && { values: [...values] }) });
    return rows;
  } finally {
    await client.end();
  }
}
