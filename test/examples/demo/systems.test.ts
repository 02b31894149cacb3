import { expect, test } from 'vitest';
import { createSample } from '../../../examples/demo/seed/sample.ts';
import { type DemoSystems, startSystems } from '../../../examples/demo/systems/start-systems.ts';
import { temporaryFolder } from '../../support/folder.ts';

const SMALL = { products: 30, customers: 8, orders: 12 };

test('the sample business is the same every time and as large as it says', () => {
  const sample = createSample();
  expect(createSample()).toEqual(sample);
  expect([sample.products.length, sample.customers.length, sample.orders.length]).toEqual([2_000, 500, 1_500]);
  expect(sample.stock.length).toBeGreaterThan(2_000);
  expect(new Set(sample.products.map(({ sku }) => sku)).size).toBe(2_000);
  expect(sample.orders.every(({ lines }) => lines.length > 0)).toBe(true);
});

test('the ERP pages by time and number even where all records have one time', async () => {
  await using demo = await startSmall();
  const seen: string[] = [];
  let [time, key] = ['', ''];
  for (let more = true; more; ) {
    const page = await get(`${demo.erp.url}/artikel?geaendertAb=${time}&nachNr=${key}&anzahl=7`);
    for (const record of page.Daten) seen.push(record.ArtikelNr);
    [time, key] = [page.Daten.at(-1).GeaendertAm, page.Daten.at(-1).ArtikelNr];
    more = page.Weitere;
  }
  expect(seen).toHaveLength(SMALL.products);
  expect(new Set(seen).size).toBe(SMALL.products);
});

test('a change based on an old version is refused with the current record and changes nothing', async () => {
  await using demo = await startSmall();
  const { nodes } = (await askPim(demo, '{ products(first: 1) { nodes { sku version } } }')).products;
  const [{ sku }] = nodes;
  const tagged = `mutation ($sku: ID!, $tag: String!) {
    productUpdate(sku: $sku, input: { tags: [$tag] }, expectedVersion: 1) { product { tags } userErrors { code } }
  }`;
  const guarded = async (tag: string) => (await askPim(demo, tagged, { sku, tag })).productUpdate;
  expect(await guarded('first')).toEqual({ product: { tags: ['first'] }, userErrors: [] });
  expect(await guarded('second')).toEqual({ product: null, userErrors: [{ code: 'STALE' }] });
  expect((await askPim(demo, bySku('tags'), { sku })).productsBySku).toEqual([{ tags: ['first'] }]);

  const artikel = `${demo.erp.url}/artikel/${sku}`;
  const versioned = (VkPreis: string) => call('PATCH', artikel, { body: { VkPreis, Version: 1 } });
  expect((await versioned('1,23')).status).toBe(200);
  expect(await versioned('4,56')).toMatchObject({ status: 409, body: { VkPreis: '1,23', Version: 2 } });
});

test('a deletion is a tombstone in the feed of the PIM and leaves no trace in the warehouse', async () => {
  await using demo = await startSmall();
  const { nodes } = (await askPim(demo, '{ products(first: 500) { nodes { sku } } }')).products;
  const before = new Date().toISOString();
  const { sku } = nodes[3];
  await askPim(demo, 'mutation ($sku: ID!) { productDelete(sku: $sku) { deletedSku } }', { sku });
  const since = 'query ($since: DateTime) { products(first: 9, updatedSince: $since) { nodes { sku deleted } } }';
  expect((await askPim(demo, since, { since: before })).products.nodes).toEqual([{ sku, deleted: true }]);
  expect((await askPim(demo, bySku('sku'), { sku })).productsBySku).toEqual([null]);
  expect(demo.pim.count().products).toBe(SMALL.products - 1);

  const { levels } = await get(`${demo.wms.url}/levels`);
  await call('DELETE', `${demo.wms.url}/levels/${levels[0].id}`);
  const left: { id: string }[] = (await get(`${demo.wms.url}/levels`)).levels;
  expect(left.map(({ id }) => id)).toEqual(levels.slice(1).map(({ id }: { id: string }) => id));
  expect((await call('GET', `${demo.wms.url}/levels/${levels[0].id}`)).status).toBe(404);
});

test('the PIM pages by cursor and refuses what its schema does not allow, naming the field', async () => {
  await using demo = await startSmall();
  const list = `query ($after: String) {
    products(first: 7, after: $after) { nodes { sku } pageInfo { hasNextPage endCursor } }
  }`;
  const seen: string[] = [];
  for (let info = { endCursor: null, hasNextPage: true }; info.hasNextPage; ) {
    const { nodes, pageInfo } = (await askPim(demo, list, { after: info.endCursor })).products;
    for (const { sku } of nodes) seen.push(sku);
    info = pageInfo;
  }
  expect(new Set(seen).size).toBe(SMALL.products);

  const url = `${demo.pim.url}/graphql`;
  const wrong = await call('POST', url, { body: { query: '{ products(first: 1) { nodes { colour } } }' } });
  expect(wrong).toMatchObject({
    status: 400,
    body: { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] },
  });
  const rename =
    'mutation ($sku: ID!, $title: String!) { productUpdate(sku: $sku, input: { texts: { title: $title } }) { userErrors { field } } }';
  const { productUpdate } = await askPim(demo, rename, { sku: seen[0], title: '' });
  expect(productUpdate.userErrors).toEqual([{ field: ['input', 'texts', 'title'] }]);
});

test('a repeated addition with one idempotency key counts once', async () => {
  await using demo = await startSmall();
  const [level] = (await get(`${demo.wms.url}/levels?limit=1`)).levels;
  const options = { body: { qty: -3 }, headers: { 'idempotency-key': 'sale-1' } };
  for (let repeat = 0; repeat < 3; repeat += 1) await call('POST', `${demo.wms.url}/levels/${level.id}/add`, options);
  expect((await get(`${demo.wms.url}/levels/${level.id}`)).qty).toBe(level.qty - 3);
});

test('the order system gives a repeated order the number of the first and finds it by its reference', async () => {
  await using demo = await startSmall();
  const body = {
    customer: 'C-10001',
    clientRef: 'ref-1',
    positions: [{ pos: 1, article: 'X', pieces: 2, price: 1.5 }],
  };
  const options = { body, headers: { 'idempotency-key': 'order-1' } };
  const first = await call('POST', `${demo.oms.url}/orders`, options);
  const second = await call('POST', `${demo.oms.url}/orders`, options);
  expect([first.status, second.status]).toEqual([201, 200]);
  expect(second.body.orderNumber).toBe(first.body.orderNumber);
  expect(first.body.total).toBe(3);
  const found = await get(`${demo.oms.url}/orders?clientRef=ref-1`);
  expect(found.orders.map((order: { orderNumber: string }) => order.orderNumber)).toEqual([first.body.orderNumber]);
  expect(demo.oms.count().orders).toBe(SMALL.orders + 1);
});

test('an unknown field, a wrong value and a missing field are refused by name', async () => {
  await using demo = await startSmall();
  const url = `${demo.crm.url}/api/accounts`;
  const wrong = await call('PATCH', `${url}/C-10001`, { body: { email_address: 'nobody' } });
  expect(wrong).toMatchObject({ status: 422, body: { field: 'email_address' } });
  expect((await call('PATCH', `${url}/C-10001`, { body: { shoe_size: 43 } })).status).toBe(422);
  expect((await call('POST', url, { body: { account_type: 'individual' } })).status).toBe(422);
  expect(demo.crm.count().accounts).toBe(SMALL.customers);
});

test('a system that is down ends every connection and forgets nothing', async () => {
  await using demo = await startSmall();
  await call('POST', `${demo.erp.url}/demo/down`);
  await expect(fetch(`${demo.erp.url}/artikel`)).rejects.toThrow('fetch failed');
  expect(await get(`${demo.erp.url}/demo/state`)).toMatchObject({ state: 'down' });
  await call('POST', `${demo.erp.url}/demo/up`);
  expect((await get(`${demo.erp.url}/artikel?anzahl=500`)).Daten).toHaveLength(SMALL.products);
});

test('a restart finds the records as they were left', async () => {
  using folder = temporaryFolder();
  const options = { folder: folder.path, ports: [0, 0, 0, 0, 0] as const, size: SMALL };
  const before = await startSystems(options);
  await call('PATCH', `${before.crm.url}/api/accounts/C-10001`, { body: { remarks: 'pays early' } });
  await before.close();
  const after = await startSystems({ ...options, size: { products: 1, customers: 1, orders: 1 } });
  expect((await get(`${after.crm.url}/api/accounts/C-10001`)).remarks).toBe('pays early');
  expect(after.pim.count().products).toBe(SMALL.products);
  await after.close();
});

async function startSmall(): Promise<DemoSystems & AsyncDisposable> {
  const folder = temporaryFolder();
  const systems = await startSystems({ folder: folder.path, ports: [0, 0, 0, 0, 0], size: SMALL });
  return {
    ...systems,
    async [Symbol.asyncDispose]() {
      await systems.close();
      folder[Symbol.dispose]();
    },
  };
}

function bySku(fields: string): string {
  return `query ($sku: ID!) { productsBySku(skus: [$sku]) { ${fields} } }`;
}

async function askPim({ pim }: DemoSystems, query: string, variables: object = {}) {
  const { body } = await call('POST', `${pim.url}/graphql`, { body: { query, variables } });
  expect(body.errors).toBeUndefined();
  return body.data;
}

interface CallOptions {
  readonly body?: object;
  readonly headers?: Record<string, string>;
}

async function call(method: string, url: string, { body, headers }: CallOptions = {}) {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text) };
}

async function get(url: string) {
  return (await call('GET', url)).body;
}
