import { createContext } from '@datastores/sync-server/conformance';
import { type SqlPostgresOptions, sqlPostgres } from '@datastores/sync-server/sql-postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drain, getOne, namesOf, scanAll } from '../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { applied, push } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import { type PostgresCluster, startPostgres } from '../../../support/postgres.ts';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startPostgres();
});
afterAll(() => cluster[Symbol.asyncDispose]());

type StreamOptions = SqlPostgresOptions['streams'][string];
const ITEMS: StreamOptions = { table: 'public.items', key: 'id', mode: 'xmin' };

test('options that contradict themselves are refused at once, naming entry and remedy', () => {
  const system = (given: object) => () =>
    sqlPostgres({ connectionString: 'postgres://x', streams: { items: ITEMS }, ...given });
  const stream = (given: object) => system({ streams: { items: { ...ITEMS, ...given } } });
  expect(system({ client: { host: 'x' } })).toThrow(/CONFIG_INVALID.*connectionString or client/);
  expect(system({ streams: {} })).toThrow(/CONFIG_INVALID.*streams.*at least one/);
  expect(system({ pageSise: 1 })).toThrow(/CONFIG_INVALID.*pageSise/);
  expect(stream({ table: 'items' })).toThrow(/BINDING_INVALID.*streams\.items\.table.*public\.orders/);
  expect(stream({ mode: 'stamp' })).toThrow(/BINDING_INVALID.*streams\.items\.stamp/);
  expect(stream({ mode: 'xid' })).toThrow(/BINDING_INVALID.*xid8/);
  expect(stream({ stamp: 'changed' })).toThrow(/BINDING_INVALID.*mode xmin/);
  expect(stream({ key: ['a', 'b'], mintKey: { max: true } })).toThrow(/BINDING_INVALID.*mintKey/);
  const lines = { table: 'public.lines', key: 'no', foreignKey: ['a', 'b'] };
  expect(stream({ children: { lines } })).toThrow(/BINDING_INVALID.*foreignKey/);
});

test('a table or column that is not there is named by check and by the first use', async () => {
  const admin = await cluster.client();
  await admin.query(
    'create table public.items (id int primary key, name text, changed int); create table loose (id int)',
  );
  const wrong: Record<string, [Partial<StreamOptions>, RegExp]> = {
    table: [{ table: 'public.itmes' }, /public\.itmes/],
    column: [{ columns: ['nmae'] }, /nmae.*id, name, changed/],
    key: [{ key: 'nr' }, /nr/],
    unique: [{ table: 'public.loose' }, /unique/],
    stamp: [{ mode: 'stamp', stamp: 'changed' }, /changed.*time stamps/],
    xid: [{ mode: 'xid', xid: 'changed' }, /changed is of type integer.*xid8/],
    child: [{ children: { lines: { table: 'public.lines', key: 'no', foreignKey: 'item' } } }, /public\.lines/],
  };
  for (const [what, [given, message]] of Object.entries(wrong)) {
    const connector = sqlPostgres({
      connectionString: cluster.url('postgres'),
      streams: { items: { ...ITEMS, ...given } as StreamOptions },
    });
    const shape = { kind: 'shape', message: expect.stringMatching(message) };
    await expect(connector.check(createContext()), what).rejects.toMatchObject(shape);
    await expect(connector.streams.items?.get(['1'], createContext()), what).rejects.toMatchObject(shape);
    await connector.close();
  }
  await admin.end();
});

test('a column that is dropped under way is an error once, and is forgotten then', async () => {
  await using place = await open('dropped', 'id int primary key, name text, old text', {});
  await place.sql("insert into dropped.items values (1, 'a', 'b')");
  expect((await getOne(place.items, '1')).data).toEqual({ id: 1, name: 'a', old: 'b' });
  await place.sql('alter table dropped.items drop column old');
  await expect(getOne(place.items, '1')).rejects.toMatchObject({ kind: 'shape' });
  expect((await getOne(place.items, '1')).data).toEqual({ id: 1, name: 'a' });
});

test('keys of several columns are lists in JSON, in scans, cursors and writes', async () => {
  const columns = 'shop text, nr int, name text, primary key (shop, nr)';
  await using place = await open('composite', columns, { key: ['shop', 'nr'] });
  await place.sql(`insert into composite.items values ('a"b', 2, 'x'), ('a"b', 10, 'y'), ('ä', 1, 'z')`);
  const keys = ['["a\\"b","10"]', '["a\\"b","2"]', '["ä","1"]'];
  expect((await scanAll(place.items, null)).map(({ key }) => key)).toEqual(keys);
  expect((await scanAll(place.items, keys[0] ?? '')).map(({ key }) => key)).toEqual(keys.slice(1));
  expect(namesOf((await drain(place.items, null, { onePageEach: true })).items)).toEqual(['x', 'y', 'z']);
  expect((await place.items.get([...keys, '["ä"]', 'ä', '["ä",1]'], createContext())).size).toBe(3);
  const { key } = applied(
    await push(place.items, { id: 'w1', op: 'create', ref: 'r', data: { shop: 'b', nr: 1, name: 'new' } }),
  );
  expect(key).toBe('["b","1"]');
  const update = { id: 'w2', op: 'update', key, patch: { name: 'newer' } } as const;
  expect(applied(await push(place.items, update)).item?.data).toEqual({ shop: 'b', nr: 1, name: 'newer' });
});

test('rows without a stamp are read in every cycle, and rows stamped in the future when their time has come', async () => {
  const columns = 'id int primary key, name text, made timestamp default now(), changed timestamp';
  await using place = await open('stamps', columns, { mode: 'stamp', stamp: ['made', 'changed'], overlapMs: 0 });
  await place.sql(`insert into stamps.items values (1, 'none', null, null), (2, 'old', '2020-01-01', null),
    (3, 'changed', '2020-01-01', '2021-01-01'), (4, 'future', now() + interval '1 hour', null)`);
  const first = await drain(place.items, null);
  expect(first.items.map(({ data }) => data.name)).toEqual(['none', 'old', 'changed']);
  await place.sql(`update stamps.items set name = 'none, but changed' where id = 1;
    update stamps.items set made = now() where id = 4`);
  const second = await drain(place.items, first.cursor);
  expect(second.items.map(({ data }) => data.name)).toEqual(['none, but changed', 'future']);
});

test('a table that nobody keeps current is kept so by our writes', async () => {
  const columns = "id serial primary key, name text, changed timestamptz default '2020-01-01', version int default 1";
  await using place = await open('touched', columns, {
    mode: 'stamp',
    stamp: 'changed',
    version: 'version',
    touch: true,
    mintKey: 'identity',
  });
  const { key, item } = applied(await push(place.items, { id: 'w1', op: 'create', ref: 'r', data: { name: 'a' } }));
  expect(item?.version).toBe('1');
  const { cursor } = await drain(place.items, null);
  const patch = { name: 'b' };
  expect(applied(await push(place.items, { id: 'w2', op: 'update', key, patch, ifVersion: '1' })).item?.version).toBe(
    '2',
  );
  expect((await push(place.items, { id: 'w3', op: 'update', key, patch, ifVersion: '1' })).is).toBe('conflict');
  expect(namesOf((await drain(place.items, cursor)).items)).toEqual(['b']);
});

test('a cursor of another mode or of a database that began anew asks for a full comparison', async () => {
  await using place = await open('cursors', 'id int primary key, name text', {});
  const ahead = { mode: 'xmin', at: { mark: '99999999999', key: ['1'] } };
  for (const cursor of [ahead, { mode: 'xid', at: { mark: '3', key: ['1'] } }, 'nonsense', { ...ahead, at: 1 }]) {
    await expect(drain(place.items, cursor)).rejects.toMatchObject({ kind: 'cursor-lost' });
  }
});

test('rows that were frozen are not taken for changed, and are found when they change', async () => {
  await using place = await open('frozen', 'id serial primary key, name text', {});
  await place.sql("insert into frozen.items (name) values ('a'), ('b')");
  const { items, cursor } = await drain(place.items, null);
  expect(namesOf(items)).toEqual(['a', 'b']);
  await place.sql('vacuum freeze frozen.items');
  expect((await drain(place.items, cursor)).items).toEqual([]);
  await place.sql("update frozen.items set name = 'c' where id = 1");
  expect(namesOf((await drain(place.items, cursor)).items)).toEqual(['c']);
});

async function open(schema: string, columns: string, given: Partial<StreamOptions>) {
  const admin = await cluster.client();
  await admin.query(`create schema ${schema}; create table ${schema}.items (${columns})`);
  const connector = sqlPostgres({
    connectionString: cluster.url('postgres'),
    pageSize: 2,
    streams: { items: { ...ITEMS, table: `${schema}.items`, ...given } },
    ledger: { schema: `${schema}_ledger` },
  });
  const { items } = connector.streams;
  if (!items) throw new Error('The connector has no stream items.');
  return {
    items,
    sql: (text: string) => admin.query(text),
    async [Symbol.asyncDispose]() {
      await connector.close();
      await admin.end();
    },
  };
}
