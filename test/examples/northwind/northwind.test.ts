import type { Order } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { legacy, northwind, type SampleDatabase } from './databases.ts';
import { openPlace, type Place } from './place.ts';

if (northwind === null) console.log('Northwind: the sample file is not beside the repository; its test is skipped.');

describe.skipIf(northwind === null)('Northwind in a real PostgreSQL', () => suite(northwind as SampleDatabase));
describe('a legacy schema in a real PostgreSQL', () => suite(legacy));

type Replica = Awaited<ReturnType<Place['openReplica']>>;

const POLL = { timeout: 20_000, interval: 50 };

function suite(sample: SampleDatabase): void {
  let place: Place;
  let till: Replica;

  beforeAll(async () => {
    place = await openPlace(sample);
    till = await place.openReplica();
    await vi.waitFor(async () => {
      expect(await till.order.count().exec()).toBe(sample.counts.orders);
      expect(await till.inventory.count().exec()).toBe(sample.counts.products);
    }, POLL);
  }, 60_000);

  afterAll(async () => {
    await till?.close();
    await place?.[Symbol.asyncDispose]();
  });

  const inErp = async <T = Record<string, unknown>>(sql: string, values: unknown[] = []) =>
    (await place.erp.query(sql, values)).rows as T[];

  async function pushedAndAnswered(): Promise<void> {
    await expect.poll(() => firstValueFrom(till.unpushed$), POLL).toBe(0);
    await expect
      .poll(async () => (await place.server.status()).store.outbox.reduce((sum, { rows }) => sum + rows, 0), POLL)
      .toBe(0);
  }

  test('a replica holds everything', async () => {
    expect(await till.product.count().exec()).toBe(sample.counts.products);
    expect(await till.customer.count().exec()).toBe(sample.counts.customers);
    const all = await till.order.find().exec();
    expect(all.length).toBe(sample.counts.orders);
    expect(all.reduce((sum, order) => sum + order.lines.length, 0)).toBe(sample.counts.lines);
    const order = all[0] as Order;
    expect(await till.customer.findOne(order.customerId).exec()).not.toBeNull();
    expect(await till.product.findOne(String(order.lines[0]?.productId)).exec()).not.toBeNull();
  });

  test('a change in PostgreSQL appears in a live query', async () => {
    const names: string[] = [];
    const subscription = till.product.findOne('products-1').$.subscribe((product) => names.push(product?.name ?? ''));
    await inErp(`update products set product_name = 'Renamed over there' where product_id = 1`);
    await expect.poll(() => names.at(-1), POLL).toBe('Renamed over there');
    subscription.unsubscribe();
  });

  test("a replica's change arrives in PostgreSQL exactly once and does not echo", async () => {
    await till.product.findOne('products-2').incrementalPatch({ price: 2345, name: 'Renamed here' });
    expect(await till.confirm('products-2')).toEqual({ outcome: 'accepted' });
    await pushedAndAnswered();
    const row = async () =>
      (await inErp(`select product_name, unit_price, xmin::text from products where product_id = 2`))[0];
    const written = await row();
    expect(written).toMatchObject({ product_name: 'Renamed here', unit_price: 23.45 });
    const { seq } = (await place.server.store.document('main', { datastore: 'product', id: 'products-2' })) ?? {
      seq: 0,
    };
    await place.server.reconciler.pullNow('erp');
    await place.server.reconciler.scanNow('erp', 'products');
    expect((await place.server.store.document('main', { datastore: 'product', id: 'products-2' }))?.seq).toBe(seq);
    expect(await row()).toEqual(written);
    const writes = await inErp(`select write_id from datastores.write_ledger where stream = 'products' and key = '2'`);
    expect(writes.length).toBe(1);
  });

  test('what is created offline gets the keys of PostgreSQL, and references follow', async () => {
    place.line.cut();
    await till.customer.insert({ id: 'new-customer', name: 'Offline & Sons', status: 'active', phone: '040-1' });
    await till.product.insert({ id: 'new-product', sku: 'tbd', name: 'New tea', status: 'active', price: 450 });
    await till.order.insert({
      id: 'new-order',
      customerId: 'new-customer',
      status: 'placed',
      placedAt: '2026-02-03T10:11:12.000Z',
      currency: 'USD',
      lines: [
        { line: 1, productId: 'new-product', quantity: 3, unitPrice: 450 },
        { line: 2, productId: 'products-3', quantity: 1, unitPrice: 1000, discountPercent: 15 },
      ],
    });
    const [{ before }] = (await inErp<{ before: number }>('select max(order_id)::int as before from orders')) as [
      { before: number },
    ];
    place.line.mend();
    await till.syncNow();
    await pushedAndAnswered();
    const rows = await inErp<{ order_id: number; customer_id: string; company_name: string }>(
      'select o.order_id::int, o.customer_id, c.company_name from orders o join customers c using (customer_id) where o.order_id > $1',
      [before],
    );
    expect(rows).toEqual([
      { order_id: before + 1, customer_id: expect.stringMatching(/^[A-Z]{5}$/), company_name: 'Offline & Sons' },
    ]);
    const details = await inErp(
      `select p.product_name, d.quantity::int, round(d.discount::numeric, 2)::text as discount from order_details d
       join products p using (product_id) where d.order_id = $1 order by p.product_id`,
      [before + 1],
    );
    expect(details).toEqual([
      expect.objectContaining({ quantity: 1, discount: '0.15' }),
      { product_name: 'New tea', quantity: 3, discount: '0.00' },
    ]);
    await expect
      .poll(async () => (await till.order.findOne('new-order').exec())?.number, POLL)
      .toBe(String(before + 1));
    const order = await till.order.findOne('new-order').exec(true);
    expect(order.customerId).toBe('new-customer');
    expect(order.lines.map(({ productId }) => productId).sort()).toEqual(['new-product', 'products-3']);
    expect(await till.order.count().exec()).toBe(sample.counts.orders + 1);
    expect(await till.customer.count().exec()).toBe(sample.counts.customers + 1);
  });

  test('a stock level changed on both sides while the line is cut counts both changes', async () => {
    const [{ stock }] = (await inErp<{ stock: number }>(
      'select units_in_stock::int as stock from products where product_id = 3',
    )) as [{ stock: number }];
    place.line.cut();
    await till.inventory.findOne('stock-3').incrementalModify((level) => ({ ...level, onHand: level.onHand - 2 }));
    await inErp('update products set units_in_stock = units_in_stock - 3 where product_id = 3');
    place.line.mend();
    await till.syncNow();
    await pushedAndAnswered();
    expect(await inErp('select units_in_stock::int as stock from products where product_id = 3')).toEqual([
      { stock: stock - 5 },
    ]);
    await expect.poll(async () => (await till.inventory.findOne('stock-3').exec())?.onHand, POLL).toBe(stock - 5);
  });

  test('a record deleted in PostgreSQL is deleted here, by a scan and a point read', async () => {
    await inErp(`insert into customers (customer_id, company_name) values ('ZZZZZ', 'Short-lived')`);
    await expect.poll(() => till.customer.findOne('customers-ZZZZZ').exec(), POLL).not.toBeNull();
    await inErp(`delete from customers where customer_id = 'ZZZZZ'`);
    await place.server.reconciler.scanNow('erp', 'customers');
    await expect.poll(() => till.customer.findOne('customers-ZZZZZ').exec(), POLL).toBeNull();
  });

  test('while PostgreSQL is stopped the application notices nothing but its state; edits arrive once, in order', async () => {
    await place.erp.end();
    await place.postgres.stop('immediate');
    for (const price of [1001, 1002, 1003]) {
      await till.product.findOne('products-5').incrementalPatch({ price });
      expect(await till.confirm('products-5')).toEqual({ outcome: 'accepted' });
    }
    await till.inventory.findOne('stock-5').incrementalModify((level) => ({ ...level, onHand: level.onHand + 7 }));
    await expect.poll(async () => (await place.server.status()).reconcile.systems[0]?.state, POLL).toBe('down');
    expect((await firstValueFrom(till.status$)).state).toBe('live');
    await place.postgres.start();
    const client = await place.postgres.client('erp');
    const [{ stock }] = (await client.query('select units_in_stock::int as stock from products where product_id = 5'))
      .rows;
    await pushedAndAnswered();
    const { rows } = await client.query(
      'select unit_price, units_in_stock::int as stock from products where product_id = 5',
    );
    expect(rows).toEqual([{ unit_price: 10.03, stock: stock + 7 }]);
    const { rows: writes } = await client.query(
      `select stream from datastores.write_ledger where key = '5' order by stream`,
    );
    expect(writes).toEqual([{ stream: 'products' }, { stream: 'stock' }]);
    await expect.poll(async () => (await place.server.status()).reconcile.systems[0]?.state, POLL).toBe('healthy');
    await client.end();
  }, 60_000);
}
