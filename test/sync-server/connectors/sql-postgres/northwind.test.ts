import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createContext } from '@datastores/sync-server/conformance';
import type { Item, Stream, Write } from '@datastores/sync-server/connector';
import { sqlPostgres } from '@datastores/sync-server/sql-postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { drain, getOne, scanAll } from '../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { applied, push } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import { type PostgresCluster, startPostgres } from '../../../support/postgres.ts';

const beside = fileURLToPath(new URL('../../../../../shared/data/northwind.sql', import.meta.url));
const file = process.env.NORTHWIND_SQL ?? beside;
const present = existsSync(file);
if (!present) console.warn(`Skipped the Northwind tests: there is no ${file}; NORTHWIND_SQL names another place.`);

describe.skipIf(!present)('the Northwind sample, whose tables are not made for replication', () => {
  let cluster: PostgresCluster;
  let dump: string;
  beforeAll(async () => {
    [cluster, dump] = await Promise.all([startPostgres(), readFile(file, 'utf8')]);
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  test('is read in full, an order with its details as one record', async () => {
    await using place = await openNorthwind('full');
    const { products, customers, orders } = place.streams;
    expect((await drain(products, null)).items).toHaveLength(77);
    expect((await drain(customers, null, { onePageEach: true })).items).toHaveLength(91);
    const read = (await drain(orders, null)).items;
    expect(read).toHaveLength(830);
    expect(linesOf(read)).toBe(2155);
    expect(linesOf(await scanAll(orders, null))).toBe(2155);
    expect(await getOne(orders, '10248')).toMatchObject({
      data: {
        order_id: 10248,
        customer_id: 'VINET',
        order_date: '1996-07-04',
        freight: 32.38,
        lines: [
          { product_id: 11, unit_price: 14, quantity: 12, discount: 0 },
          { product_id: 42, unit_price: 9.8, quantity: 10, discount: 0 },
          { product_id: 72, unit_price: 34.8, quantity: 5, discount: 0 },
        ],
      },
    });
  });

  test('a change of a detail alone is a change of its order, also while its commit is late', async () => {
    await using place = await openNorthwind('details');
    const { orders } = place.streams;
    const { cursor } = await drain(orders, null);
    const before = await getOne(orders, '10248');
    const late = await place.client();
    await late.query('begin; update order_details set quantity = 99 where order_id = 10248 and product_id = 42');
    await place.sql("update orders set ship_name = 'moved' where order_id = 10250");
    const during = await drain(orders, cursor);
    await late.query('commit');
    await late.end();
    const after = await drain(orders, during.cursor);
    expect([...during.items, ...after.items].map(({ key }) => key).sort()).toEqual(['10248', '10250']);
    expect((await getOne(orders, '10248')).version).not.toBe(before.version);
  });

  test('an order is inserted under the next key, its details merged, and no table of the system is altered', async () => {
    await using place = await openNorthwind('writes');
    const { orders, products } = place.streams;
    const tables = await place.describe();
    const lines = [
      { product_id: 11, unit_price: 14, quantity: 2, discount: 0 },
      { product_id: 42, unit_price: 9.8, quantity: 1, discount: 0.05 },
    ];
    const data = { customer_id: 'ALFKI', order_date: '2026-01-31', freight: 1.25, lines };
    const writes = Array.from({ length: 4 }, (_, at): Write => ({ id: `w${at}`, op: 'create', ref: `r${at}`, data }));
    const made = await Promise.all(writes.map((write) => push(orders, write)));
    expect(made.map((outcome) => applied(outcome).key).sort()).toEqual(['11078', '11079', '11080', '11081']);
    const item = await getOne(orders, '11078');
    expect(item.data).toMatchObject(data);
    const [kept] = lines;
    const merged = [
      { ...kept, quantity: 3 },
      { product_id: 1, unit_price: 18, quantity: 7, discount: 0.15 },
    ];
    const change: Write = {
      id: 'w9',
      op: 'update',
      key: '11078',
      patch: { lines: merged },
      ifVersion: item.version ?? '',
    };
    const changed = applied(await push(orders, change)).item;
    expect(changed?.data.lines).toEqual([merged[1], merged[0]]);
    expect(changed).toEqual(await getOne(orders, '11078'));
    const stale: Write = { ...change, id: 'w10' };
    expect(await push(orders, stale)).toMatchObject({ is: 'conflict', current: { key: '11078' } });
    const less: Write = { id: 'w11', op: 'add', key: '11', amounts: { units_in_stock: -2 } };
    expect(applied(await push(products, less)).item?.data.units_in_stock).toBe(20);
    expect(applied(await push(orders, { id: 'w12', op: 'delete', key: '11078' })).key).toBe('11078');
    expect((await place.sql('select 1 from order_details where order_id = 11078')).length).toBe(0);
    expect(await place.describe()).toEqual(tables);
  });

  test('what breaks a rule of the sample is rejected with the field', async () => {
    await using place = await openNorthwind('rules');
    const { orders, customers } = place.streams;
    const order = (data: Extract<Write, { op: 'create' }>['data']): Write => ({
      id: 'w1',
      op: 'create',
      ref: 'r1',
      data,
    });
    const line = { product_id: 11, unit_price: 14, quantity: 2, discount: 0 };
    expect(await push(orders, order({ customer_id: 'NOONE' }))).toMatchObject({
      is: 'rejected',
      field: 'customer_id',
      reason: expect.stringContaining('fk_orders_customers'),
    });
    expect(await push(orders, order({ lines: [{ ...line, quantity: 70_000 }] }))).toMatchObject({
      is: 'rejected',
      field: 'lines[0].quantity',
    });
    expect(await push(orders, order({ lines: [line, line] }))).toMatchObject({ is: 'rejected', field: 'lines[1]' });
    expect(await push(orders, order({ lines: [{ ...line, product_id: 9999 }] }))).toMatchObject({
      is: 'rejected',
      field: 'lines.product_id',
    });
    expect(await push(orders, order({ nonsense: 1 }))).toMatchObject({ is: 'rejected', field: 'nonsense' });
    expect(await push(customers, { id: 'w2', op: 'delete', key: 'VINET' })).toMatchObject({ is: 'rejected' });
    const twice = order({ customer_id: 'VINET', company_name: 'Another' });
    expect(await push(customers, twice)).toMatchObject({ is: 'rejected', field: 'customer_id' });
    expect((await place.sql('select 1 from orders')).length).toBe(830);
  });

  async function openNorthwind(database: string) {
    const connectionString = await cluster.createDatabase(database);
    const admin = await cluster.client(database);
    await admin.query(dump);
    // The dump empties the search path of its session.
    await admin.query('set search_path = public');
    const connector = sqlPostgres({
      connectionString,
      pageSize: 100,
      streams: {
        products: { table: 'public.products', key: 'product_id', mode: 'xmin' },
        customers: { table: 'public.customers', key: ['customer_id'], mode: 'xmin' },
        orders: {
          table: 'public.orders',
          key: 'order_id',
          mode: 'xmin',
          mintKey: { max: true },
          children: { lines: { table: 'public.order_details', key: 'product_id', foreignKey: 'order_id' } },
        },
      },
    });
    await connector.check(createContext());
    const { products, customers, orders } = connector.streams;
    if (!products || !customers || !orders) throw new Error('A stream is missing.');
    return {
      streams: { products, customers, orders } satisfies Record<string, Stream>,
      client: () => cluster.client(database),
      sql: async (text: string) => (await admin.query(text)).rows,
      describe: async () =>
        (
          await admin.query(`select table_name, column_name, data_type, column_default, is_nullable
            from information_schema.columns where table_schema = 'public' order by 1, 2`)
        ).rows,
      async [Symbol.asyncDispose]() {
        await connector.close();
        await admin.end();
      },
    };
  }
});

function linesOf(items: readonly Item[]): number {
  return items.reduce((count, { data }) => count + (Array.isArray(data.lines) ? data.lines.length : 0), 0);
}
