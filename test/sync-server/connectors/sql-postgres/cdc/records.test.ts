import { createContext } from '@datastores/sync-server/conformance';
import { sqlPostgres } from '@datastores/sync-server/sql-postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drain, getOne } from '../../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import type { PostgresCluster } from '../../../../support/postgres.ts';
import { openCdc, startLogical } from './cdc-place.ts';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startLogical();
});
afterAll(() => cluster[Symbol.asyncDispose]());

test('a record that the log tells of is the same as one that is read, whatever its columns', async () => {
  const ddl = `create type mood as enum ('sad', 'glad');
    create table items (id bigint primary key, flag bool, amount numeric(30, 10), real real, at timestamptz, day date,
      wait interval, bytes bytea, doc jsonb, list int[], texts text[], code char(5), mood mood, address inet,
      twice numeric generated always as (amount * 2) stored)`;
  await using place = await openCdc(cluster, 'columns', { ddl });
  const { cursor } = await drain(place.items, null);
  await place.sql(`insert into items values (9007199254740993, true, 12345678901234567.89, 0.1, '2024-02-29 12:00:00.123456+02',
    '2024-02-29', '1 day 2 hours', '\\x00ff', '{"a": [1, null]}', '{1,null,3}', '{"a,b",null}', 'ab', 'glad', '10.0.0.1')`);
  const { items } = await drain(place.items, cursor);
  expect(items).toMatchObject([await getOne(place.items, '9007199254740993')]);
  expect(items[0]?.data).toMatchObject({ id: '9007199254740993', at: '2024-02-29T10:00:00.123456Z', bytes: 'AP8=' });
});

test('a change of child rows is a change of their record, also where they are deleted or move to another', async () => {
  const ddl = `create table items (id int primary key, name text);
    create table lines (item int references items deferrable, no int, text text, primary key (item, no))`;
  const lines = { table: 'public.lines', key: 'no', foreignKey: 'item' };
  await using place = await openCdc(cluster, 'children', { ddl, streams: { items: { children: { lines } } } });
  await place.sql(`insert into items select n, 'a' || n from generate_series(1, 4) n`);
  await place.sql(`insert into lines values (1, 1, 'x'), (2, 1, 'y'), (3, 1, 'z')`);
  const first = await drain(place.items, null);
  await place.sql('delete from lines where item = 1');
  await place.sql('update lines set item = 4 where item = 2');
  const { items, deleted, cursor } = await drain(place.items, first.cursor);
  expect(items.map(({ key, data }) => [key, data.lines])).toEqual([
    ['1', []],
    ['2', []],
    ['4', [{ no: 1, text: 'y' }]],
  ]);
  expect(deleted).toEqual([]);
  await place.sql('begin; delete from lines where item = 3; delete from items where id = 3; commit');
  expect((await drain(place.items, cursor)).deleted).toEqual(['3']);
});

test('slots are named after reader and stream, in letters that slots may have', async () => {
  const ddl = 'create table items (id int primary key); create table "Price-List" (id int primary key)';
  const streams = { items: { slot: 'chosen', publication: 'Chosen' }, 'Price-List': {} };
  await using place = await openCdc(cluster, 'names', { ddl, streams });
  await drain(place.items, null);
  await drain(place.stream('Price-List'), null);
  const slots = await place.sql(
    `select slot_name as name from pg_replication_slots where database = 'names' order by 1`,
  );
  expect(slots.map(({ name }) => name)).toEqual(['chosen', expect.stringMatching(/^names_price_list_[0-9a-f]{8}$/)]);
  const published = await place.sql('select pubname as name from pg_publication order by 1');
  expect(published.map(({ name }) => name)).toEqual(['Chosen', slots[1]?.name]);
});

test('options of the mode are refused in other modes, and those of other modes in this', () => {
  const declare = (given: object) => () =>
    sqlPostgres({
      connectionString: 'postgres://x',
      streams: { items: { table: 'public.items', key: 'id', mode: 'cdc', ...given } },
    });
  expect(declare({ mode: 'xmin', slot: 'a' })).toThrow(/BINDING_INVALID.*slot.*mode xmin uses no replication/);
  expect(declare({ slot: 'With-Capitals' })).toThrow(/BINDING_INVALID.*lower-case/);
  expect(declare({ stamp: 'changed' })).toThrow(/BINDING_INVALID.*mode cdc does not read a time stamp/);
  expect(declare({ touch: true })).toThrow(/BINDING_INVALID.*touch/);
});

test('much log that is held back is told once an hour, with the slot that holds it', async () => {
  await using place = await openCdc(cluster, 'retained', { ddl: 'create table items (id int primary key)' });
  const told: unknown[] = [];
  const context = { ...createContext(), log: (event: string, detail?: object) => void told.push({ event, ...detail }) };
  const { cursor } = await drain(place.items, null);
  const read = async () => {
    for await (const _page of place.items.changes?.(cursor, context) ?? []) break;
  };
  await read();
  expect(told).toEqual([]);
  // Segments that are switched count in full, so that little has to be written.
  for (let n = 0; n < 66; n += 1) {
    await place.sql('select pg_logical_emit_message(false, $1, $2)', ['fill', 'x']);
    await place.sql('select pg_switch_wal()');
  }
  await read();
  await read();
  expect(told).toEqual([
    expect.objectContaining({ event: 'slot-holds-log', slot: 'retained_items', retainedBytes: expect.any(Number) }),
  ]);
});
