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
  let behind = 'GeaendertAm ne null';
  for (;;) {
    const query = `$filter=${encodeURIComponent(behind)}&$orderby=GeaendertAm,ArtikelNr&$top=7`;
    const { value } = await get(`${demo.erp.url}/odata/Artikel?${query}`);
    if (value.length === 0) break;
    for (const record of value) seen.push(record.ArtikelNr);
    const { GeaendertAm: time, ArtikelNr: key } = value.at(-1);
    behind = `GeaendertAm gt ${time} or (GeaendertAm eq ${time} and (ArtikelNr gt '${key}'))`;
  }
  expect(seen).toHaveLength(SMALL.products);
  expect(new Set(seen).size).toBe(SMALL.products);
});

test('the ERP hands out long lists in pages with links, and describes itself', async () => {
  const large = { products: 1_100, customers: 4, orders: 4 };
  await using demo = await startSized(large);
  const keys: string[] = [];
  let pages = 0;
  for (let link: string | undefined = 'Artikel?$orderby=ArtikelNr'; link !== undefined; pages += 1) {
    const page: { value: { ArtikelNr: string }[]; '@odata.nextLink'?: string } = await get(
      `${demo.erp.url}/odata/${link}`,
    );
    keys.push(...page.value.map(({ ArtikelNr }) => ArtikelNr));
    link = page['@odata.nextLink'];
  }
  expect([pages, keys.length]).toEqual([3, large.products]);
  expect(keys).toEqual([...new Set(keys)].sort());
  const metadata = await (await fetch(`${demo.erp.url}/odata/$metadata`)).text();
  expect(metadata).toContain('<Property Name="Meldebestand" Type="Edm.Int32"/>');
  expect((await get(`${demo.erp.url}/odata/`)).value.map(({ url }: { url: string }) => url)).toEqual([
    'Artikel',
    'Debitoren',
  ]);
});

test('the ERP answers a batch in order, says which field is wrong, and stops there unless it is to go on', async () => {
  await using demo = await startSmall();
  const part = (id: string, number: string, body: object) => {
    const headers = { 'content-type': 'application/json', 'if-match': '*' };
    return { id, method: 'patch', url: `Debitoren('${number}')`, headers, body };
  };
  const body = {
    requests: [
      part('a', 'C-10001', { Zahlungsziel: 21 }),
      part('b', 'C-10002', { Zahlungsziel: 'soon' }),
      part('c', 'C-10003', { Zahlungsziel: 45 }),
    ],
  };
  const send = (headers: Record<string, string>) => call('POST', `${demo.erp.url}/odata/$batch`, { body, headers });
  expect((await send({})).body.responses).toMatchObject([
    { id: 'a', status: 200, body: { Zahlungsziel: 21 } },
    { id: 'b', status: 400, body: { error: { target: 'Zahlungsziel' } } },
  ]);
  const all = (await send({ prefer: 'continue-on-error' })).body.responses;
  expect(all.map(({ status }: { status: number }) => status)).toEqual([200, 400, 200]);
});

test('a deleted article stays in the list of the ERP with a mark, and single reads do not find it', async () => {
  await using demo = await startSmall();
  const [first, second] = (await get(`${demo.erp.url}/odata/Artikel?$top=2`)).value;
  const one = `${demo.erp.url}/odata/Artikel('${first.ArtikelNr}')`;
  expect((await call('DELETE', one, { headers: { 'if-match': 'W/"9"' } })).status).toBe(412);
  expect((await call('DELETE', one, { headers: { 'if-match': first['@odata.etag'] } })).status).toBe(204);
  expect((await call('GET', one)).status).toBe(404);
  const listed = async (filter: string) =>
    (await get(`${demo.erp.url}/odata/Artikel?$top=1&$filter=${encodeURIComponent(filter)}`)).value[0].ArtikelNr;
  expect(await listed('Geloescht eq true')).toBe(first.ArtikelNr);
  expect(await listed("Geloescht eq false and ArtikelNr gt ''")).toBe(second.ArtikelNr);
});

test('the ERP refuses what it does not offer instead of answering with something else', async () => {
  await using demo = await startSmall();
  const status = async (path: string, method = 'GET') => (await call(method, `${demo.erp.url}/odata/${path}`)).status;
  expect(await status('Artikel?$apply=groupby((SteuerKz))')).toBe(501);
  expect(await status('Artikel?$orderby=VkPreis')).toBe(501);
  expect(await status("Artikel?$filter=contains(Bezeichnung,'a')")).toBe(400);
  expect(await status('Artikel?$skiptoken=xx')).toBe(400);
  expect(await status('Artikel(7)')).toBe(400);
  expect(await status("Artikel('no such')")).toBe(404);
  expect(await status('Artikel', 'POST')).toBe(405);
});

test('a change based on an old version is refused and changes nothing', async () => {
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

  const artikel = `${demo.erp.url}/odata/Artikel('${sku}')`;
  const versioned = (VkPreis: string) =>
    call('PATCH', artikel, { body: { VkPreis }, headers: { 'if-match': 'W/"1"' } });
  expect((await versioned('1,23')).status).toBe(200);
  expect((await versioned('4,56')).status).toBe(412);
  expect(await get(artikel)).toMatchObject({ VkPreis: '1,23', '@odata.etag': 'W/"2"' });
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
  await expect(fetch(`${demo.erp.url}/odata/Artikel`)).rejects.toThrow('fetch failed');
  expect(await get(`${demo.erp.url}/demo/state`)).toMatchObject({ state: 'down' });
  await call('POST', `${demo.erp.url}/demo/up`);
  expect((await get(`${demo.erp.url}/odata/Artikel`)).value).toHaveLength(SMALL.products);
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

function startSmall(): Promise<DemoSystems & AsyncDisposable> {
  return startSized(SMALL);
}

async function startSized(size: typeof SMALL): Promise<DemoSystems & AsyncDisposable> {
  const folder = temporaryFolder();
  const systems = await startSystems({ folder: folder.path, ports: [0, 0, 0, 0, 0], size });
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
