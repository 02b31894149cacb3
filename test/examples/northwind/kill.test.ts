import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { testToken } from '../../support/token.ts';
import { legacy } from './databases.ts';
import { openPlace } from './place.ts';
import { startTill } from './till.ts';

const POLL = { timeout: 30_000, interval: 50 };

test('a till killed with -9 while offline loses no acknowledged edit: every one arrives in PostgreSQL, once', async () => {
  await using place = await openPlace(legacy);
  using folder = temporaryFolder();
  const options = { folder: folder.path, url: place.replicaUrl, token: await testToken('till') };
  const till = startTill(options);
  await expect.poll(() => till.said.state, POLL).toBe('live');
  await expect.poll(async () => (await place.server.status()).store.datastores.length, POLL).toBe(4);
  place.line.cut();

  const acknowledged: string[] = [];
  const edits = Array.from({ length: 400 }, (_, index) => ({
    index,
    price: 10_000 + index,
    id: `products-${(index % 40) + 1}`,
  }));
  void (async () => {
    for (const { index, price, id } of edits) {
      if (index % 10 === 9) {
        const order = `offline-${index}`;
        await till.tell({
          name: 'order',
          insert: Object.assign(
            { id: order },
            {
              customerId: 'customers-C0001',
              status: 'placed',
              placedAt: '2026-01-02T00:00:00.000Z',
              currency: 'USD',
              lines: [{ line: 1, productId: 'products-1', quantity: 1, unitPrice: 100 }],
            },
          ),
        });
        acknowledged.push(order);
      } else {
        await till.tell({ name: 'product', id, patch: { price } });
        acknowledged.push(`${id} ${price}`);
      }
    }
  })();
  await expect.poll(() => acknowledged.length, POLL).toBeGreaterThan(60);
  await till.kill();
  const certain = [...acknowledged];

  // It starts again without the server, and again with it.
  const offline = startTill(options);
  await expect.poll(() => offline.said.unpushed, POLL).toBeGreaterThan(0);
  await offline.kill();
  place.line.mend();
  const online = startTill(options);
  await expect.poll(() => online.said.state, POLL).toBe('live');
  await expect.poll(() => online.said.unpushed, POLL).toBe(0);
  await expect
    .poll(async () => (await place.server.status()).store.outbox.reduce((sum, { rows }) => sum + rows, 0), POLL)
    .toBe(0);
  expect(await online.end('SIGTERM')).toBeNull();

  const prices = new Map<string, number>();
  for (const entry of certain) {
    const [id, price] = entry.split(' ');
    if (price !== undefined) prices.set(String(id), Number(price));
  }
  for (const [id, price] of prices) {
    const { rows } = await place.erp.query(
      'select round(unit_price::numeric * 100)::int as price from products where product_id = $1',
      [id.replace('products-', '')],
    );
    // A later edit may have been durable without having been acknowledged in time; an earlier one must not have won.
    expect(rows[0].price, id).toBeGreaterThanOrEqual(price);
  }
  const offlineOrders = certain.filter((entry) => entry.startsWith('offline-'));
  for (const id of offlineOrders) {
    const [link] = await place.server.store.links({
      system: 'erp',
      stream: 'orders',
      documents: [{ datastore: 'order', id }],
    });
    expect(link?.key, id).toMatch(/^\d+$/);
  }
  const { rows } = await place.erp.query('select count(*)::int as orders from orders where order_id > 10300');
  const made = await place.server.store.links({ system: 'erp', stream: 'orders' });
  expect(rows[0].orders).toBe(made.filter((link) => link.id.startsWith('offline-')).length);
}, 120_000);

test('a till that is asked to end pushes what it has and closes', async () => {
  await using place = await openPlace(legacy);
  using folder = temporaryFolder();
  const options = { folder: folder.path, url: place.replicaUrl, token: await testToken('till') };
  const till = startTill(options);
  await expect.poll(() => till.said.state, POLL).toBe('live');
  await expect
    .poll(
      async () => (await place.server.store.document('main', { datastore: 'product', id: 'products-7' })) !== null,
      POLL,
    )
    .toBe(true);
  await expect
    .poll(() => till.tell({ name: 'product', id: 'products-7', patch: { price: 777 } }).then(() => true), POLL)
    .toBe(true);
  await till.end('SIGTERM');
  const stored = await place.server.store.document('main', { datastore: 'product', id: 'products-7' });
  expect(JSON.parse(stored?.body ?? '{}').price).toBe(777);
}, 60_000);
