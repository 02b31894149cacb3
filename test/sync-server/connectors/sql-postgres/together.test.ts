import { createContext } from '@datastores/sync-server/conformance';
import type { Outcome, Stream, Write } from '@datastores/sync-server/connector';
import { sqlPostgres } from '@datastores/sync-server/sql-postgres';
import type { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCutProxy } from '../../../support/cut-proxy.ts';
import { type PostgresCluster, startPostgres } from '../../../support/postgres.ts';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgres();
});
afterAll(() => cluster[Symbol.asyncDispose]());

test('updates that come together are one transaction, and a repeat of all changes nothing', async () => {
  await using place = await openItems('one');
  const writes = [set('w1', '1', { name: 'a' }), add('w2', '2', 5), add('w3', '3', 7), set('w4', '4', { name: 'd' })];
  expect(await kinds(place.items, writes)).toEqual(['applied', 'applied', 'applied', 'applied']);
  expect(await place.read('count(distinct xmin::text) = 1 as one')).toEqual([{ one: true }]);
  const again = await place.items.push?.(writes, createContext());
  expect(again?.map((outcome) => dataOf(outcome)['quantity'])).toEqual([10, 15, 17, 10]);
});

test('one that is refused names its field, and the others are made', async () => {
  await using place = await openItems('refused');
  const writes = [
    ...['1', '2', '3'].map((key) => set(`w${key}`, key, { name: 'fine' })),
    set('w4', '4', { name: 'longer than its column can hold' }),
    set('w5', '5', { quantity: -1 }),
  ];
  const outcomes = await place.items.push?.(writes, createContext());
  expect(outcomes?.slice(0, 3).map(({ is }) => is)).toEqual(['applied', 'applied', 'applied']);
  expect(outcomes?.slice(3)).toMatchObject([
    { is: 'rejected', field: 'name' },
    { is: 'rejected', field: 'quantity' },
  ]);
  expect(await place.read("id from items where name <> 'fine' order by id")).toEqual([{ id: 4 }, { id: 5 }]);
});

test('conflicts, records that are gone and writes made before have their own outcomes, and no note stays of what was not made', async () => {
  await using place = await openItems('mixed');
  const made = set('w1', '1', { name: 'made' });
  await kinds(place.items, [made]);
  await place.query("update items set name = 'theirs' where id = 1");
  const version = (await place.items.get(['3'], createContext())).get('3')?.version as string;
  await place.query("update items set name = 'theirs' where id = 3");
  const guarded: Write = { id: 'w3', op: 'update', key: '3', patch: { name: 'ours' }, ifVersion: version };
  const writes = [
    made,
    set('w2', '2', { name: 'ours' }),
    guarded,
    set('w9', '99', { name: 'ours' }),
    add('w4', '4', 1),
  ];
  const outcomes = await place.items.push?.(writes, createContext());
  expect(outcomes).toMatchObject([
    { is: 'applied', item: { data: { name: 'theirs' } } },
    { is: 'applied', item: { data: { name: 'ours' } } },
    { is: 'conflict', current: { data: { name: 'theirs' } } },
    { is: 'missing' },
    { is: 'applied', item: { data: { quantity: 11 } } },
  ]);
  const notes = await place.query('select write_id from mixed_ledger.write_ledger order by write_id');
  expect(notes.map(({ write_id }) => write_id)).toEqual(['w1', 'w2', 'w4']);
});

test('a record that somebody else has locked is put off, and the others do not wait for it', async () => {
  await using place = await openItems('locked');
  const other = await cluster.client();
  await other.query('begin; update locked.items set name = name where id = 2');
  const writes = ['1', '2', '3'].map((key) => set(`w${key}`, key, { name: 'ours' }));
  expect(await kinds(place.items, writes)).toEqual(['applied', 'retry', 'applied']);
  await other.query('commit');
  await other.end();
  expect(await kinds(place.items, writes)).toEqual(['applied', 'applied', 'applied']);
});

test('the same record twice is written twice, in order', async () => {
  await using place = await openItems('twice');
  const writes = [set('w1', '1', { name: 'a' }), set('w2', '2', { name: 'b' }), set('w3', '1', { name: 'c' })];
  expect(await kinds(place.items, writes)).toEqual(['applied', 'applied', 'applied']);
  expect(await place.read('name from items where id = 1')).toEqual([{ name: 'c' }]);
});

for (const [when, landed] of [
  ['after', true],
  ['before', false],
] as const) {
  test(`a connection cut ${when} the commit leaves all unknown, and find knows each`, async () => {
    await using place = await openItems(`cut_${when}`);
    const writes = [add('w1', '1', 5), add('w2', '2', 5)];
    // The statement as a whole; `read committed` contains the word too.
    const cut = place.proxy.cutAt('commit\0', when);
    expect(await kinds(place.items, writes)).toEqual(['unknown', 'unknown']);
    await cut;
    for (const write of writes) expect((await place.items.find?.(write, createContext())) !== null).toBe(landed);
    const again = await place.items.push?.(writes, createContext());
    expect(again?.map((outcome) => dataOf(outcome)['quantity'])).toEqual([15, 15]);
  });
}

test('values of every kind arrive as they do alone', async () => {
  await using place = await openItems('kinds');
  const values = [
    { tags: ['a"b', 'c\\d', 'null', '', null], extra: { b: [1, null] }, picture: 'AP8=', price: '1.005', code: 'ab' },
    { tags: [], extra: 'text', picture: null, price: 2, code: null },
    { tags: null, extra: null, picture: '', price: null, code: 'x' },
  ];
  const alone = values.map((patch, at) => set(`alone${at}`, String(at + 1), patch));
  const expected: unknown[] = [];
  for (const write of alone) expected.push(...((await place.items.push?.([write], createContext())) ?? []).map(dataOf));
  await place.query('update items set tags = null, extra = null, picture = null, price = null, code = null');
  const together = values.map((patch, at) => set(`together${at}`, String(at + 1), patch));
  expect((await place.items.push?.(together, createContext()))?.map(dataOf)).toEqual(expected);
  expect(expected).toMatchObject([{ tags: ['a"b', 'c\\d', 'null', '', null], price: 1.01, code: 'ab ' }, {}, {}]);
});

function set(id: string, key: string, patch: Extract<Write, { op: 'update' }>['patch']): Write {
  return { id, op: 'update', key, patch };
}

function add(id: string, key: string, quantity: number): Write {
  return { id, op: 'add', key, amounts: { quantity } };
}

async function kinds(items: Stream, writes: readonly Write[]): Promise<unknown> {
  return (await items.push?.(writes, createContext()))?.map(({ is }) => is);
}

function dataOf(outcome: Outcome): Readonly<Record<string, unknown>> {
  if (outcome.is === 'applied' && outcome.item) return outcome.item.data;
  throw new Error(`There is no record in ${JSON.stringify(outcome)}.`);
}

/** Five records in a schema of its own. */
async function openItems(schema: string) {
  const admin: Client = await cluster.client();
  await admin.query(`create schema ${schema}; set search_path = ${schema};
    create table items (id serial primary key, name varchar(20), quantity int not null check (quantity >= 0),
      tags varchar(9)[], extra jsonb, picture bytea, price numeric(6, 2), code char(3));
    insert into items (name, quantity) select 'item', 10 from generate_series(1, 5)`);
  const proxy = await startCutProxy(cluster.port);
  const connector = sqlPostgres({
    connectionString: `postgres://postgres@127.0.0.1:${proxy.port}/postgres`,
    streams: { items: { table: `${schema}.items`, key: 'id', mode: 'xmin' } },
    ledger: { schema: `${schema}_ledger` },
    lockTimeoutMs: 300,
  });
  const { items } = connector.streams;
  if (!items) throw new Error('The connector has no stream items.');
  // So that the next commit is that of a write.
  await connector.check(createContext());
  const query = async (text: string) => (await admin.query(text)).rows as Record<string, unknown>[];
  return {
    items,
    proxy,
    query,
    read: (columns: string) =>
      query(`select ${columns.includes(' from ') ? columns : `${columns} from items where id <= 4`}`),
    async [Symbol.asyncDispose]() {
      await connector.close();
      await admin.end();
      await proxy[Symbol.asyncDispose]();
    },
  };
}
