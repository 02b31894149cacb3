import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { customers, type Datastores, inventory, orders, productCatalog } from '@datastores/core';
import { openDatastores } from '@datastores/node';
import { expect, test, vi } from 'vitest';
import { type Demo, startDemo } from '../../../examples/demo/start-demo.ts';
import { temporaryFolder } from '../../support/folder.ts';

const SIZE = { products: 60, customers: 20, orders: 30 };
const DATASTORES = [productCatalog, customers, inventory, orders] as const;
const within = { timeout: 25_000, interval: 50 };

test('a replica holds everything that the five systems hold', { timeout: 60_000 }, async () => {
  await using shop = await startShop();
  const { replica, demo } = shop;
  const { erp, wms } = demo.systems;
  expect(await countsOf(replica)).toEqual([SIZE.products, SIZE.customers, wms.count().levels, SIZE.orders]);

  const [artikel] = (await get(`${erp.url}/odata/Artikel?$top=1`)).value;
  const product = await replica.product.findOne(`product-${artikel.ArtikelNr}`).exec(true);
  // Price from the ERP, text from the PIM, in one document.
  expect(product.price).toBe(Number(artikel.VkPreis.replace(',', '')));
  expect(product.keywords).not.toEqual([]);
  expect((await demo.server.status()).reconcile.quarantined).toBe(0);
});

test('a price changed in the ERP arrives in a live query of a replica', { timeout: 60_000 }, async () => {
  await using shop = await startShop();
  const { replica, demo } = shop;
  const [artikel] = (await get(`${demo.systems.erp.url}/odata/Artikel?$top=1`)).value;
  const prices: (number | undefined)[] = [];
  const subscription = replica.product
    .findOne(`product-${artikel.ArtikelNr}`)
    .$.subscribe((product) => void prices.push(product?.price));
  await send('PATCH', `${demo.systems.erp.url}/odata/Artikel('${artikel.ArtikelNr}')`, { VkPreis: '4711,00' });
  await vi.waitFor(() => expect(prices.at(-1)).toBe(471_100), within);
  subscription.unsubscribe();
});

test('an order of a replica is placed once, and its number comes back', { timeout: 60_000 }, async () => {
  await using shop = await startShop();
  const { replica, demo } = shop;
  const { oms } = demo.systems;
  const id = randomUUID();
  await replica.order.insert(newOrder(id));
  await vi.waitFor(async () => {
    const order = await replica.order.findOne(id).exec(true);
    expect(order.number).toMatch(/^SO-\d+$/);
  }, within);

  const order = await replica.order.findOne(id).exec(true);
  const placed = (await get(`${oms.url}/orders/${order.number}`)) as { positions: unknown[]; customer: string };
  expect(placed).toMatchObject({ customer: 'C-10001', positions: [{ article: 'X-1', pieces: 2, price: 19.99 }] });
  expect(order.total).toBe(3_998);
  // Time for an echo or a repeat to show.
  await demo.server.reconciler.pullNow('oms');
  await demo.server.reconciler.idle();
  expect(oms.count().orders).toBe(SIZE.orders + 1);
  expect(await replica.order.count().exec()).toBe(SIZE.orders + 1);
});

test('an account changed in the CRM arrives because the CRM says so, without being asked', {
  timeout: 60_000,
}, async () => {
  await using shop = await startShop();
  const { replica, demo } = shop;
  await send('PATCH', `${demo.systems.crm.url}/api/accounts/C-10003`, { display_name: 'Renamed Ltd' });
  await vi.waitFor(async () => {
    expect((await replica.customer.findOne('customer-C-10003').exec(true)).name).toBe('Renamed Ltd');
  }, within);
  const crm = (await demo.systemStatus()).find(({ system }) => system === 'crm');
  expect(crm?.events).toMatchObject({ taken: 1 });
});

test('a text edited in a replica is written into the PIM, and what the PIM deletes goes from the replica', {
  timeout: 60_000,
}, async () => {
  await using shop = await startShop();
  const { replica, demo } = shop;
  const { pim } = demo.systems;
  const [first, second] = await replica.product.find({ sort: [{ id: 'asc' }] }).exec();
  const sku = first?.sku ?? '';
  await first?.incrementalPatch({ keywords: ['new', 'in stock'], description: 'Better' });
  const product = '{ tags texts { longDescription } version }';
  const read = `query ($sku: ID!) { productsBySku(skus: [$sku]) ${product} }`;
  await vi.waitFor(async () => {
    const { productsBySku } = await askPim(pim.url, read, { sku });
    expect(productsBySku).toEqual([{ tags: ['new', 'in stock'], texts: { longDescription: 'Better' }, version: 2 }]);
  }, within);
  // Nothing comes back as a change of the PIM, and is written a second time.
  await demo.server.reconciler.pullNow('pim');
  await demo.server.reconciler.idle();
  expect((await askPim(pim.url, read, { sku })).productsBySku[0].version).toBe(2);

  const gone = second?.sku ?? '';
  await askPim(pim.url, 'mutation ($sku: ID!) { productDelete(sku: $sku) { deletedSku } }', { sku: gone });
  await vi.waitFor(async () => expect(await replica.product.findOne(`product-${gone}`).exec()).toBeNull(), within);
});

test('stock that is counted in the warehouse arrives with its next file, and no file is refused', {
  timeout: 60_000,
}, async () => {
  await using shop = await startShop();
  const { replica, demo } = shop;
  const { wms } = demo.systems;
  const [{ id, qty }] = (await get(`${wms.url}/levels?limit=1`)).levels;
  await send('POST', `${wms.url}/levels/${id}/add`, { qty: 40 });
  await vi.waitFor(async () => {
    expect((await replica.inventory.findOne(`level-${id}`).exec(true)).onHand).toBe(qty + 40);
  }, within);
  const stock = await replica.inventory.findOne(`level-${id}`).exec(true);
  await stock.incrementalPatch({ bin: 'A;1 "left"', reservations: [{ id: 'R-9', quantity: 2 }] });
  await vi.waitFor(async () => {
    const level = await get(`${wms.url}/levels/${id}`);
    expect(level).toMatchObject({
      slot: 'A;1 "left"',
      reservations: [{ no: 'R-9', order: null, qty: 2 }],
      qty: qty + 40,
    });
  }, within);
  // What the warehouse makes of it comes back in a file, too.
  const done = join(wms.exchangeFolder, 'done', 'levels');
  await vi.waitFor(() => expect(readdirSync(done).filter((name) => name.includes('delta'))).toHaveLength(2), within);
  expect(readdirSync(join(wms.exchangeFolder, 'failed', 'levels'))).toEqual([]);
});

test('two replicas sell the last pieces at once, and the warehouse counts both', { timeout: 60_000 }, async () => {
  await using shop = await startShop();
  const { demo, replica } = shop;
  await using second = await openReplica(demo, 'second');
  const [level] = (await get(`${demo.systems.wms.url}/levels?limit=1`)).levels;
  await vi.waitFor(() => second.replica.inventory.findOne(`level-${level.id}`).exec(true), within);
  for (const store of [replica, second.replica]) {
    const stock = await store.inventory.findOne(`level-${level.id}`).exec(true);
    await stock.incrementalModify((data) => ({ ...data, onHand: data.onHand - 3 }));
  }
  await vi.waitFor(async () => {
    expect((await get(`${demo.systems.wms.url}/levels/${level.id}`)).qty).toBe(level.qty - 6);
  }, within);
  await demo.server.reconciler.pullNow('wms');
  await demo.server.reconciler.idle();
  await vi.waitFor(async () => {
    for (const store of [replica, second.replica]) {
      expect((await store.inventory.findOne(`level-${level.id}`).exec(true)).onHand).toBe(level.qty - 6);
    }
  }, within);
});

test('while the ERP is down its state says so, and edits reach it once it is back', { timeout: 90_000 }, async () => {
  await using shop = await startShop();
  const { replica, demo } = shop;
  const { erp } = demo.systems;
  erp.setDown(true);
  await vi.waitFor(async () => expect(await stateOf(demo, 'erp')).toBe('down'), within);

  const customer = await replica.customer.findOne('customer-C-10001').exec(true);
  await customer.incrementalPatch({ paymentTerms: '45 days', phone: '+49 40 1' });
  expect(await replica.confirm('customer-C-10001', { datastore: 'customer' })).toEqual({ outcome: 'accepted' });
  // What another system decides goes on.
  await vi.waitFor(async () => {
    const account = await get(`${demo.systems.crm.url}/api/accounts/C-10001`);
    expect(account.phone_number).toBe('+49 40 1');
  }, within);
  expect(await stateOf(demo, 'crm')).toBe('healthy');

  erp.setDown(false);
  await vi.waitFor(async () => expect((await get(`${erp.url}/odata/Debitoren('C-10001')`)).Zahlungsziel).toBe(45), {
    ...within,
    timeout: 60_000,
  });
  expect(await stateOf(demo, 'erp')).toBe('healthy');
});

type Replica = Datastores<typeof DATASTORES>;

/** The demo, small, with a replica that has everything. */
async function startShop(): Promise<{ readonly demo: Demo; readonly replica: Replica } & AsyncDisposable> {
  const folder = temporaryFolder();
  const demo = await startDemo({ folder: folder.path, size: SIZE });
  const { replica, [Symbol.asyncDispose]: close } = await openReplica(demo, 'first');
  const expected = [SIZE.products, SIZE.customers, demo.systems.wms.count().levels ?? 0, SIZE.orders];
  await vi.waitFor(async () => {
    expect(await countsOf(replica)).toEqual(expected);
    // Two systems feed products and customers: counts alone do not say that both were read.
    const links = (await demo.systemStatus()).flatMap(({ streams }) => streams.map((stream) => stream.links));
    expect(sum(links)).toBe(sum(expected) + SIZE.products + SIZE.customers);
  }, within);
  return {
    demo,
    replica,
    async [Symbol.asyncDispose]() {
      await close();
      await demo.close();
      folder[Symbol.dispose]();
    },
  };
}

async function openReplica(demo: Demo, name: string): Promise<{ readonly replica: Replica } & AsyncDisposable> {
  const replica = await openDatastores({
    datastores: DATASTORES,
    folder: join(demo.folder, name),
    url: `${demo.url}/trpc`,
    token: demo.token,
    drainMs: false,
  });
  return { replica, [Symbol.asyncDispose]: () => replica.close() };
}

async function countsOf(replica: Replica): Promise<readonly number[]> {
  const { product, customer, inventory: stock, order } = replica;
  return Promise.all([product, customer, stock, order].map((collection) => collection.count().exec()));
}

async function stateOf(demo: Demo, name: string): Promise<string | undefined> {
  return (await demo.systemStatus()).find(({ system }) => system === name)?.state;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function newOrder(id: string) {
  const line = { line: 1, productId: 'product-X-1', sku: 'X-1', name: 'Lamp', quantity: 2, unitPrice: 1_999 };
  return {
    id,
    customerId: 'customer-C-10001',
    status: 'placed' as const,
    placedAt: new Date().toISOString(),
    currency: 'EUR',
    lines: [line],
  };
}

async function askPim(url: string, query: string, variables: object) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
  });
  return (await response.json()).data;
}

async function get(url: string) {
  return (await fetch(url)).json();
}

async function send(method: string, url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers, body: JSON.stringify(body) });
  expect(response.ok).toBe(true);
}
