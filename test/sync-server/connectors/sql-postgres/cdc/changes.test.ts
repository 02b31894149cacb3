import { afterAll, beforeAll, expect, test } from 'vitest';
import { drain, getOne, namesOf } from '../../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import type { PostgresCluster } from '../../../../support/postgres.ts';
import { firstPage, openCdc, startLogical } from './cdc-place.ts';

let cluster: PostgresCluster;
beforeAll(async () => {
  cluster = await startLogical();
});
afterAll(() => cluster[Symbol.asyncDispose]());

const ITEMS = 'create table items (id int primary key, name text, note text)';

test('what changes while the table is first read is read behind it, and nothing is missed at the seam', async () => {
  await using place = await openCdc(cluster, 'seam', { ddl: ITEMS });
  await place.sql(`insert into items select n, 'a' || n from generate_series(1, 9) n`);
  const first = await firstPage(place.items, null);
  expect(first?.changes.map((change) => change.key)).toEqual(['1', '2', '3']);
  // Behind the first page, before it, and beyond all: none of them may be lost, whatever page it falls on.
  await place.sql(`update items set name = 'early' where id = 1; update items set name = 'late' where id = 9;
    delete from items where id = 2; delete from items where id = 8; insert into items values (10, 'new')`);
  const { items, deleted } = await drain(place.items, first?.cursor ?? null);
  const last = new Map(items.map(({ key, data }) => [key, data.name]));
  expect(Object.fromEntries(last)).toEqual({ 1: 'early', 4: 'a4', 5: 'a5', 6: 'a6', 7: 'a7', 9: 'late', 10: 'new' });
  expect(deleted.sort()).toEqual(['2', '8']);
});

test('a deletion, a record made again under its key and a changed key are told as they ended', async () => {
  await using place = await openCdc(cluster, 'deletions', { ddl: ITEMS, pageSize: 100 });
  await place.sql(`insert into items select n, 'a' || n from generate_series(1, 5) n`);
  const { cursor } = await drain(place.items, null);
  await place.sql(`delete from items where id = 1; delete from items where id = 2`);
  await place.sql(`insert into items values (2, 'again')`);
  await place.sql('update items set id = 30 where id = 3');
  await place.sql(`begin; insert into items values (6, 'short'); delete from items where id = 6; commit`);
  const { items, deleted, cursor: behind } = await drain(place.items, cursor);
  expect(items.map(({ key, data }) => [key, data.name])).toEqual([
    ['2', 'again'],
    ['30', 'a3'],
  ]);
  expect(deleted).toEqual(['1', '3', '6']);
  expect((await drain(place.items, behind)).items).toEqual([]);
});

test('a transaction that commits late is read when it commits, in full', async () => {
  await using place = await openCdc(cluster, 'late', { ddl: ITEMS });
  await place.sql(`insert into items values (1, 'a')`);
  const { cursor } = await drain(place.items, null);
  const late = await place.program();
  await late.query(`begin; insert into items values (2, 'late'); update items set name = 'late too' where id = 1`);
  await place.sql(`insert into items values (3, 'early')`);
  const meanwhile = await drain(place.items, cursor);
  expect(namesOf(meanwhile.items)).toEqual(['early']);
  await late.query('commit');
  expect(namesOf((await drain(place.items, meanwhile.cursor)).items)).toEqual(['late', 'late too']);
});

test('a long value that did not change is not taken for null, with and without the whole row in the log', async () => {
  await using place = await openCdc(cluster, 'toast', {
    ddl: `${ITEMS}; alter table items alter note set storage external`,
  });
  const note = 'long '.repeat(4_000);
  await place.sql(`insert into items values (1, 'a', $1)`, [note]);
  let { cursor } = await drain(place.items, null);
  for (const [identity, name] of [
    ['default', 'b'],
    ['full', 'c'],
  ]) {
    await place.sql(`alter table items replica identity ${identity}`);
    await place.sql('update items set name = $1', [name]);
    const read = await drain(place.items, cursor);
    expect(read.items.map(({ data }) => [data.name, data.note === note])).toEqual([[name, true]]);
    cursor = read.cursor;
  }
});

test('a transaction of ten thousand rows is read once each, page by page, and taken up within itself', async () => {
  await using place = await openCdc(cluster, 'large', { ddl: ITEMS, pageSize: 500 });
  const { cursor } = await drain(place.items, null);
  await place.sql(`insert into items select n, 'a' || n from generate_series(1, 10000) n`);
  const whole = await drain(place.items, cursor);
  expect(whole.items).toHaveLength(10_000);
  await place.sql(`update items set name = name || '!' where id <= 3000`);
  const one = await firstPage(place.items, whole.cursor);
  expect(one?.changes).toHaveLength(500);
  expect(one?.cursor).toMatchObject({ at: { skip: 500 } });
  const rest = await drain(place.items, one?.cursor ?? null, { onePageEach: true });
  expect(rest.items).toHaveLength(2_500);
  expect(new Set([...rest.items, ...(one?.changes ?? [])].map(({ key }) => key)).size).toBe(3_000);
});

test('what is too much to be asked of the slot at once is read on until the end of the log', async () => {
  await using place = await openCdc(cluster, 'many', { ddl: ITEMS, pageSize: 5_000 });
  const { cursor } = await drain(place.items, null);
  for (const [from, to] of [
    [1, 10_000],
    [10_001, 20_000],
    [20_001, 30_000],
  ]) {
    await place.sql(`insert into items select n, 'a' || n from generate_series(${from}, ${to}) n`);
  }
  await place.sql('delete from items where id <= 5');
  const { items, deleted } = await drain(place.items, cursor);
  expect([...new Set(deleted)].sort()).toEqual(['1', '2', '3', '4', '5']);
  expect(new Set(items.map(({ key }) => key)).size).toBe(29_995);
  expect(items).toHaveLength(29_995);
});

test('a page that was not taken over is told again, and what was taken over is not kept by the database', async () => {
  await using place = await openCdc(cluster, 'repeat', { ddl: ITEMS });
  const { cursor } = await drain(place.items, null);
  await place.sql(`insert into items values (1, 'a'); insert into items values (2, 'b')`);
  const confirmed = async () =>
    (
      await place.sql(
        `select confirmed_flush_lsn::text as lsn from pg_replication_slots where slot_name = 'repeat_items'`,
      )
    )[0]?.lsn;
  const read = await drain(place.items, cursor);
  expect(await confirmed()).toBe((cursor as { lsn: string }).lsn);
  expect((await drain(place.items, cursor)).items).toEqual(read.items);
  await drain(place.items, read.cursor);
  expect(await confirmed()).toBe((read.cursor as { lsn: string }).lsn);
});

test('a column that comes or goes does not stop the stream', async () => {
  await using place = await openCdc(cluster, 'columns', { ddl: ITEMS });
  await place.sql(`insert into items values (1, 'a', 'x')`);
  let { cursor } = await drain(place.items, null);
  await place.sql(
    `update items set name = 'b'; alter table items add column more int default 5; update items set more = 6`,
  );
  const added = await drain(place.items, cursor);
  expect(added.items.map(({ data }) => data)).toEqual([{ id: 1, name: 'b', note: 'x' }]);
  cursor = added.cursor;
  await place.sql(`alter table items drop column note; update items set name = 'c'`);
  await expect(drain(place.items, cursor)).rejects.toMatchObject({ kind: 'shape' });
  expect((await drain(place.items, cursor)).items.map(({ data }) => data)).toEqual([{ id: 1, name: 'c', more: 6 }]);
});

test('a busy database does not have to keep its log for a table that nothing happens to', async () => {
  await using place = await openCdc(cluster, 'busy', { ddl: `${ITEMS}; create table noise (text text)` });
  const { cursor } = await drain(place.items, null);
  const retained = async () => {
    const [row] = await place.sql(`select pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)::float8 as bytes
      from pg_replication_slots where slot_name = 'busy_items'`);
    return Number(row?.bytes);
  };
  await place.sql(`insert into noise select md5(n::text) from generate_series(1, 30000) n`);
  expect(await retained()).toBeGreaterThan(1024 * 1024);
  const quiet = await drain(place.items, cursor);
  expect(quiet.items).toEqual([]);
  await drain(place.items, quiet.cursor);
  expect(await retained()).toBeLessThan(100_000);
});

test('rows of every partition are records, also where they move to another', async () => {
  const ddl = `create table items (id int, region text, name text, primary key (id, region)) partition by list (region);
    create table north partition of items for values in ('n'); create table south partition of items for values in ('s')`;
  await using place = await openCdc(cluster, 'partitions', { ddl, streams: { items: { key: ['id', 'region'] } } });
  await place.sql(`insert into items values (1, 'n', 'a'), (2, 's', 'b')`);
  const { items, cursor } = await drain(place.items, null);
  expect(namesOf(items)).toEqual(['a', 'b']);
  await place.sql(`update items set region = 's' where id = 1; update items set name = 'c' where id = 2`);
  const moved = await drain(place.items, cursor);
  expect(moved.deleted).toEqual(['["1","n"]']);
  expect(moved.items.map(({ key }) => key)).toEqual(['["1","s"]', '["2","s"]']);
  await place.sql(`create table east partition of items for values in ('e')`);
  await expect(drain(place.items, moved.cursor)).rejects.toMatchObject({ kind: 'cursor-lost' });
  const again = await drain(place.items, null);
  await place.sql(`insert into items values (3, 'e', 'east')`);
  expect(namesOf((await drain(place.items, again.cursor)).items)).toEqual(['east']);
});

test('names with capitals, blanks and quotes are followed, and keys of types whose log text differs', async () => {
  const ddl = `create schema "Odd ""S"; create table "Odd ""S"."It ""ems" ("Ke y" bool, "C""2" char(5), name text,
    primary key ("Ke y", "C""2"))`;
  const odd = { table: 'Odd "S.It "ems', key: ['Ke y', 'C"2'], publication: 'Pub "1' };
  await using place = await openCdc(cluster, 'odd', { ddl, streams: { items: odd } });
  const { cursor } = await drain(place.items, null);
  await place.sql(`insert into "Odd ""S"."It ""ems" values (true, 'ab', 'x'), (false, 'cd', 'y')`);
  const read = await drain(place.items, cursor);
  expect(read.items.map(({ key }) => key)).toEqual(['["true","ab"]', '["false","cd"]']);
  expect(await getOne(place.items, '["true","ab"]')).toEqual(
    expect.objectContaining({ data: read.items[0]?.data, version: read.items[0]?.version }),
  );
  await place.sql(`delete from "Odd ""S"."It ""ems" where "Ke y"`);
  expect((await drain(place.items, read.cursor)).deleted).toEqual(['["true","ab"]']);
});
