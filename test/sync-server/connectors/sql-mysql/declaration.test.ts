import { createContext } from '@datastores/sync-server/conformance';
import { sqlMysql } from '@datastores/sync-server/sql-mysql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drain, getOne, namesOf } from '../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { applied, push } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import { type MariadbServer, startMariadb } from '../../../support/mariadb.ts';
import { NUMBERED, openTable, STAMP, type StreamOptions } from './open-table.ts';

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb();
});
afterAll(() => server[Symbol.asyncDispose]());

const ITEMS: StreamOptions = { table: 'shop.items', key: 'id', mode: 'stamp', stamp: 'changed' };

test('options that contradict themselves are refused at once, naming entry and remedy', () => {
  const system = (given: object) => () =>
    sqlMysql({ connectionString: 'mysql://x', streams: { items: ITEMS }, ...given });
  const stream = (given: object) => system({ streams: { items: { ...ITEMS, ...given } } });
  expect(system({ client: { host: 'x' } })).toThrow(/CONFIG_INVALID.*connectionString or client/);
  expect(system({ streams: {} })).toThrow(/CONFIG_INVALID.*streams.*at least one/);
  expect(system({ pageSise: 1 })).toThrow(/CONFIG_INVALID.*pageSise/);
  expect(system({ timeZone: "'; drop" })).toThrow(/CONFIG_INVALID.*timeZone.*Europe\/Berlin/);
  expect(stream({ table: 'items' })).toThrow(/BINDING_INVALID.*streams\.items\.table.*shop\.orders/);
  expect(stream({ mode: 'xmin' })).toThrow(/BINDING_INVALID.*streams\.items\.mode/);
  expect(stream({ stamp: undefined })).toThrow(/BINDING_INVALID.*streams\.items\.stamp/);
  expect(stream({ mode: 'marker', stamp: undefined })).toThrow(/BINDING_INVALID.*marker/);
  expect(stream({ mode: 'marker', marker: 'n' })).toThrow(/BINDING_INVALID.*stamp.*mode marker/);
  expect(stream({ marker: 'n' })).toThrow(/BINDING_INVALID.*mode stamp/);
  expect(stream({ mode: 'marker', marker: 'n', stamp: undefined, touch: true })).toThrow(/BINDING_INVALID.*touch/);
  expect(stream({ key: ['a', 'b'], mintKey: { max: true } })).toThrow(/BINDING_INVALID.*mintKey/);
  const lines = { table: 'shop.lines', key: 'no', foreignKey: ['a', 'b'] };
  expect(stream({ children: { lines } })).toThrow(/BINDING_INVALID.*foreignKey/);
});

test('a table or column that is not there, or not of its kind, is named by check and by the first use', async () => {
  const admin = await server.client();
  await admin.query(`create database shop; use shop; create table items (id int primary key, name text, changed int, at float);
    create table loose (id int, maybe int unique, changed datetime); create table days (id int primary key, changed date);
    create table floats (id float primary key)`);
  const numbered = { table: 'shop.items', key: 'id', mode: 'marker', marker: 'id' } as const;
  const stamped = { mode: 'stamp', marker: undefined, stamp: 'changed' } as const;
  const lines = { table: 'shop.lines', key: 'no', foreignKey: 'item' };
  const wrong: Record<string, [object, RegExp]> = {
    table: [{ table: 'shop.itmes' }, /shop\.itmes/],
    database: [{ table: 'shpo.items' }, /shpo\.items/],
    column: [{ columns: ['nmae'] }, /nmae.*id, name, changed/],
    key: [{ key: 'nr' }, /nr/],
    unique: [{ table: 'shop.loose' }, /unique/],
    nullable: [{ table: 'shop.loose', key: 'maybe' }, /unique/],
    typed: [{ table: 'shop.floats' }, /id is of type float/],
    stamp: [stamped, /changed.*time stamps/],
    date: [{ ...stamped, table: 'shop.days' }, /changed is a date/],
    marker: [{ marker: 'at' }, /at is of type float.*whole numbers/],
    tombstone: [{ tombstone: 'name' }, /name is of type text.*tombstone/],
    child: [{ children: { lines } }, /shop\.lines/],
  };
  for (const [what, [given, message]] of Object.entries(wrong)) {
    const connector = sqlMysql({
      connectionString: server.url('shop'),
      streams: { items: { ...numbered, ...given } as StreamOptions },
    });
    const shape = { kind: 'shape', message: expect.stringMatching(message) };
    await expect(connector.check(createContext()), what).rejects.toMatchObject(shape);
    await expect(connector.streams.items?.get(['1'], createContext()), what).rejects.toMatchObject(shape);
    await connector.close();
  }
  const zoned = sqlMysql({
    connectionString: server.url('shop'),
    timeZone: 'Mars/Base',
    streams: { items: numbered },
  });
  await expect(zoned.check(createContext())).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringMatching(/Mars\/Base/),
  });
  await zoned.close();
  await admin.end();
});

test('a column that is dropped under way is an error once, and is forgotten then', async () => {
  await using place = await openTable(server, 'dropped', {
    columns: ['id int primary key', 'name text', 'old text', STAMP],
  });
  await place.sql("insert into items values (1, 'a', 'b', now())");
  expect((await getOne(place.items, '1')).data).toMatchObject({ id: 1, name: 'a', old: 'b' });
  await place.sql('alter table items drop column old');
  await expect(getOne(place.items, '1')).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringContaining('old'),
  });
  expect((await getOne(place.items, '1')).data).toMatchObject({ id: 1, name: 'a' });
});

test('rows without a stamp are read in every cycle, and rows stamped in the future when their time has come', async () => {
  const columns = ['id int primary key', 'name text', 'made datetime', 'changed datetime'];
  await using place = await openTable(server, 'stamps', {
    columns,
    stream: { stamp: ['made', 'changed'], overlapMs: 0 },
  });
  await place.sql(`insert into items values (1, 'none', null, null), (2, 'old', '2020-01-01', null),
    (3, 'changed', '2020-01-01', '2021-01-01'), (4, 'future', now() + interval 1 hour, null), (5, 'zero', null, '0000-00-00')`);
  const first = await drain(place.items, null);
  expect(namesOf(first.items)).toEqual(['changed', 'none', 'old', 'zero']);
  await place.sql(
    `update items set name = 'none, but changed' where id = 1; update items set made = now() where id = 4`,
  );
  expect(namesOf((await drain(place.items, first.cursor)).items)).toEqual(['future', 'none, but changed', 'zero']);
});

test('a stamp of whole seconds misses no second change within the second that was read', async () => {
  const columns = ['id int primary key', 'name text', 'changed timestamp'];
  await using place = await openTable(server, 'seconds', { columns, stream: { overlapMs: 0 } });
  for (let round = 0; round < 5; round += 1) {
    await place.sql(`replace into items values (1, 'before${round}', now())`);
    const { cursor } = await drain(place.items, null);
    await place.sql(`update items set name = 'after${round}', changed = now()`);
    expect(namesOf((await drain(place.items, cursor)).items)).toContain(`after${round}`);
  }
});

test('a clock that was put back hides no change made since', async () => {
  await using place = await openTable(server, 'summer', {
    columns: [NUMBERED, 'name text', 'changed datetime'],
    stream: { overlapMs: 0 },
  });
  await place.sql("insert into items (name, changed) values ('summer', now() + interval 1 hour)");
  // As if read in summer time, an hour ahead.
  const [row] = await place.sql('select cast(now(6) + interval 1 hour as char) as upto');
  const cursor = { mode: 'stamp', from: null, upto: String(row?.upto), at: null };
  const next = await drain(place.items, cursor);
  await place.sql("insert into items (name, changed) values ('winter', now())");
  expect(namesOf((await drain(place.items, next.cursor === cursor ? cursor : next.cursor)).items)).toContain('winter');
});

test('a number committed later than a higher one is found while it is not too far behind', async () => {
  const columns = ['id int primary key', 'name text', 'n bigint unsigned'];
  const stream = { mode: 'marker', stamp: undefined, marker: 'n', overlapMarks: 10 } as const;
  await using place = await openTable(server, 'markers', { columns, stream });
  await place.sql("insert into items values (1, 'high', 18446744073709551615), (2, 'null', null)");
  const { items, cursor } = await drain(place.items, null);
  expect(namesOf(items)).toEqual(['high', 'null']);
  await place.sql("insert into items values (3, 'late', 18446744073709551610), (4, 'too late', 18446744073709551600)");
  expect(namesOf((await drain(place.items, cursor)).items)).toEqual(['high', 'late', 'null']);
});

test('a cursor of another mode or damaged asks for a full comparison', async () => {
  await using place = await openTable(server, 'cursors', { columns: [NUMBERED, STAMP] });
  const { cursor } = {
    cursor: { mode: 'stamp', from: null, upto: '2026-01-01', at: { mark: '2026-01-01', key: ['1'] } },
  };
  for (const bad of [
    { ...cursor, mode: 'marker' },
    'nonsense',
    { ...cursor, at: 1 },
    { ...cursor, upto: 'yesterday' },
    { ...cursor, at: { mark: null, key: ['1', '2'] } },
  ]) {
    await expect(drain(place.items, bad)).rejects.toMatchObject({ kind: 'cursor-lost' });
  }
});

test('a table that nobody keeps current is kept so by our writes', async () => {
  const columns = [NUMBERED, 'name text', "changed datetime default '2020-01-01'", 'version int default 1'];
  const stream = { version: 'version', touch: true, mintKey: 'auto', overlapMs: 0 } as const;
  await using place = await openTable(server, 'touched', { columns, stream });
  const { key, item } = applied(await push(place.items, { id: 'w1', op: 'create', ref: 'r', data: { name: 'a' } }));
  expect(item?.version).toBe('1');
  const { cursor } = await drain(place.items, null);
  const write = { op: 'update', key, patch: { name: 'b' }, ifVersion: '1' } as const;
  expect(applied(await push(place.items, { id: 'w2', ...write })).item?.version).toBe('2');
  expect((await push(place.items, { id: 'w3', ...write })).is).toBe('conflict');
  expect(namesOf((await drain(place.items, cursor)).items)).toEqual(['b']);
});

test('a tombstone that is a number is set by our deletes, and the row stays', async () => {
  const columns = [NUMBERED, 'name text', 'gone tinyint(1) not null default 0', STAMP];
  await using place = await openTable(server, 'graves', { columns, stream: { tombstone: 'gone', columns: ['name'] } });
  await place.sql("insert into items (name) values ('a'), ('b')");
  const { cursor } = await drain(place.items, null);
  expect(applied(await push(place.items, { id: 'w1', op: 'delete', key: '1' })).key).toBe('1');
  expect(await place.sql('select id, gone from items')).toEqual([
    { id: 1, gone: 1 },
    { id: 2, gone: 0 },
  ]);
  expect(new Set((await drain(place.items, cursor)).deleted)).toEqual(new Set(['1']));
  expect(await push(place.items, { id: 'w2', op: 'update', key: '1', patch: { name: 'x' } })).toEqual({
    is: 'missing',
  });
});
