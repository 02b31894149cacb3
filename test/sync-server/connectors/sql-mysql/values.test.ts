import { createContext } from '@datastores/sync-server/conformance';
import type { ExternalRecord } from '@datastores/sync-server/connector';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drain, getOne } from '../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { applied, push } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import { type MariadbServer, startMariadb } from '../../../support/mariadb.ts';
import { NUMBERED, openTable, STAMP } from './open-table.ts';

let server: MariadbServer;
beforeAll(async () => {
  // Another zone than UTC and latin1: what is read and written must not depend on them.
  server = await startMariadb({
    'default-time-zone': '+02:00',
    'character-set-server': 'latin1',
    'max-allowed-packet': '1M',
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const TYPES = {
  a_boolean: ['boolean', true],
  a_flag: ['bit(1)', false],
  bits: ['bit(9)', 257],
  a_smallint: ['smallint', -3],
  a_bigint: ['bigint', 9007199254740991],
  a_large_bigint: ['bigint unsigned', '18446744073709551615'],
  a_float: ['float', 0.15],
  a_small_float: ['float', 1.17549e-38],
  a_double: ['double', 0.1],
  a_large_double: ['double', 1.7976931348623157e308],
  a_price: ['decimal(10,2)', 19.95],
  an_exact_number: ['decimal(65,4)', '123456789012345678901234567890.0001'],
  a_date: ['date', '2026-07-01'],
  a_time: ['timestamp(6) null', '2026-07-01T10:00:00.123456Z'],
  a_whole_time: ['timestamp null', '2026-12-01T10:00:00Z'],
  a_local_time: ['datetime(6)', '2026-07-01T10:00:00.12'],
  a_duration: ['time(3)', '-101:00:00.5'],
  a_year: ['year', 1999],
  some_json: ['json', { a: [1, null, 'x', '🙂'] }],
  a_json_text: ['json', 'text'],
  some_bytes: ['varbinary(10)', 'AP8Q'],
  many_bytes: ['longblob', Buffer.alloc(300, 'xyz').toString('base64')],
  a_uuid: ['binary(16)', 'oO68mZwLTvi7bWu5vTgKEQ=='],
  one_of: ["enum('new','it''s done')", "it's done"],
  some_of: ["set('red','green','blue')", ['red', 'blue']],
  none_of: ["set('red')", []],
  a_text: ['text character set utf8mb4', 'Zoë 🙂 \\ \' " ` ? $1 \n\r\0'],
  a_latin_text: ['varchar(10)', 'Zoë  '],
  nothing: ['text', null],
} as const satisfies Record<string, readonly [string, ExternalRecord[string]]>;

const COLUMNS = [NUMBERED, ...Object.entries(TYPES).map(([name, [type]]) => `${name} ${type}`)];
const STREAM = { mode: 'marker', stamp: undefined, marker: 'id', mintKey: 'auto' } as const;

test('values of every kind come back as they were written, losing nothing', async () => {
  await using place = await openTable(server, 'types', { columns: COLUMNS, stream: STREAM });
  const data = Object.fromEntries(Object.entries(TYPES).map(([name, [, value]]) => [name, value]));
  const { key, item } = applied(await push(place.items, { id: 'w1', op: 'create', ref: 'r1', data }));
  expect(item?.data).toEqual({ id: 1, ...data });
  expect((await getOne(place.items, key)).data).toEqual(item?.data);
  expect(applied(await push(place.items, { id: 'w2', op: 'update', key, patch: data })).item?.data).toEqual(item?.data);
  expect(await place.sql('select unix_timestamp(a_time) as at, hex(some_bytes) as bytes from types.items')).toEqual([
    { at: '1782900000.123456', bytes: '00FF10' },
  ]);
});

const BAD: readonly (readonly [string, ExternalRecord[string]])[] = [
  ['a_boolean', 'perhaps'],
  ['a_smallint', 40_000],
  ['a_smallint', 1.5],
  ['a_smallint', '12abc'],
  ['a_large_bigint', -1],
  ['a_price', 123456789.5],
  ['a_price', 'NaN'],
  ['a_date', '2026-02-30'],
  ['a_date', '0000-00-00'],
  ['a_date', '2026-00-01'],
  ['a_time', '2026-02-30T10:00:00Z'],
  ['a_time', '1969-12-31T23:59:59Z'],
  ['a_time', '2038-01-19T03:14:08Z'],
  ['a_local_time', '2026-07-01T10:00:00Z'],
  ['a_local_time', '2026-07-01T25:00:00'],
  ['some_bytes', 'not base64!'],
  ['some_bytes', Buffer.alloc(11).toString('base64')],
  ['bits', 600],
  ['one_of', '1'],
  ['some_of', ['red', 'pink']],
  ['some_of', 'red'],
  ['a_text', { an: 'object' }],
  ['a_latin_text', 'longer than ten'],
  ['a_latin_text', 'blanks     '],
  ['a_latin_text', '🙂'],
];

test.each(BAD.map(([field, value], at) => ({ field, value, at })))(
  'a value that $field cannot hold is rejected, naming the field: $value',
  async ({ field, value, at }) => {
    await using place = await openTable(server, `bad${at}`, { columns: COLUMNS, stream: STREAM });
    const data = { a_double: 1, [field]: value };
    const outcome = await push(place.items, { id: 'w1', op: 'create', ref: 'r1', data });
    expect(outcome).toMatchObject({ is: 'rejected', field, reason: expect.stringContaining(field) });
    expect(await place.sql(`select * from bad${at}.items`)).toEqual([]);
  },
);

test('what is larger than a packet once it is written out is read whole, and refused where it cannot be sent', async () => {
  await using place = await openTable(server, 'large', { columns: [NUMBERED, 'name text', 'photo longblob', STAMP] });
  await place.sql("insert into items (id, photo) values (1, repeat('x', 700000)), (2, null)");
  expect((await getOne(place.items, '1')).data.photo).toBe(Buffer.alloc(700_000, 'x').toString('base64'));
  expect((await getOne(place.items, '2')).data.photo).toBeNull();
  const patch = { photo: Buffer.alloc(1_000_000, 'y').toString('base64') };
  const outcomes = await place.items.push?.(
    [
      { id: 'w1', op: 'update', key: '1', patch },
      { id: 'w2', op: 'update', key: '2', patch: { name: 'made' } },
    ],
    createContext(),
  );
  expect(outcomes).toMatchObject([
    { is: 'rejected', reason: expect.stringContaining('max_allowed_packet') },
    { is: 'applied' },
  ]);
});

test('zero dates are no dates, in fields, in stamps and in defaults, and go back as they came', async () => {
  const columns = [
    NUMBERED,
    'name text',
    "sold date not null default '0000-00-00'",
    "shipped datetime not null default '0000-00-00 00:00:00'",
    "changed timestamp not null default '0000-00-00 00:00:00'",
  ];
  await using place = await openTable(server, 'zero', { columns, stream: { mintKey: 'auto' } });
  const none = { sold: null, shipped: null, changed: null };
  const { key, item } = applied(await push(place.items, { id: 'w1', op: 'create', ref: 'r1', data: { name: 'a' } }));
  expect(item?.data).toEqual({ id: 1, name: 'a', ...none });
  expect((await drain(place.items, null)).items.map(({ data }) => data.name)).toEqual(expect.arrayContaining(['a']));
  const sold = { sold: '2026-01-02', shipped: '2026-01-02T03:04:05' };
  const update = { id: 'w2', op: 'update', key, patch: sold } as const;
  expect(applied(await push(place.items, update)).item?.data).toMatchObject(sold);
  const back = { id: 'w3', op: 'update', key, patch: { sold: null, shipped: null } } as const;
  expect(applied(await push(place.items, back)).item?.data).toEqual({ id: 1, name: 'a', ...none });
  expect(await place.sql('select sold, shipped from zero.items')).toEqual([
    { sold: '0000-00-00', shipped: '0000-00-00 00:00:00' },
  ]);
});

test('our writes leave local times in the zone of the database, as those of other programs', async () => {
  const columns = [NUMBERED, 'name text', STAMP, 'made datetime default current_timestamp'];
  await using place = await openTable(server, 'zone', { columns, stream: { mintKey: 'auto' } });
  const { key } = applied(await push(place.items, { id: 'w1', op: 'create', ref: 'r1', data: { name: 'a' } }));
  await push(place.items, { id: 'w2', op: 'update', key, patch: { name: 'b' } });
  expect(
    await place.sql(`select abs(timestampdiff(second, changed, now())) < 60 as changed,
      abs(timestampdiff(second, made, now())) < 60 as made from zone.items`),
  ).toEqual([{ changed: 1, made: 1 }]);
  const { cursor } = await drain(place.items, null);
  await place.sql("update zone.items set name = 'c'");
  expect((await drain(place.items, cursor)).items.map(({ data }) => data.name)).toContain('c');
});

test('rules of the table are told with the column: not null, check, unique, reference, computed, trigger', async () => {
  const columns = [
    NUMBERED,
    'name varchar(20) not null',
    'stock int check (stock >= 0)',
    'low int',
    'twice int as (stock * 2) stored',
    'owner int',
    STAMP,
    'unique key one_name (name)',
    'constraint sane check (low < stock)',
    'foreign key (owner) references items (id)',
  ];
  await using place = await openTable(server, 'rules', { columns, stream: { mintKey: 'auto' } });
  await place.sql(`create trigger rules.no before insert on rules.items for each row
    if new.name = 'forbidden' then signal sqlstate '45000' set message_text = 'this name is not wanted'; end if`);
  const attempt = (data: ExternalRecord) => push(place.items, { id: 'w1', op: 'create', ref: 'r1', data });
  const rejected = (field: string) => ({ is: 'rejected', field, reason: expect.stringContaining(field) });
  expect(await attempt({ stock: 1 })).toMatchObject(rejected('name'));
  expect(await attempt({ name: null })).toMatchObject(rejected('name'));
  expect(await attempt({ name: 'a', stock: -1 })).toMatchObject(rejected('stock'));
  expect(await attempt({ name: 'a', stock: 1, low: 2 })).toMatchObject({
    is: 'rejected',
    reason: expect.stringMatching(/breaks a rule.*sane/),
  });
  expect(await attempt({ name: 'a', twice: 4 })).toMatchObject(rejected('twice'));
  expect(await attempt({ name: 'a', owner: 77 })).toMatchObject(rejected('owner'));
  expect(await attempt({ name: 'a', colour: 'red' })).toMatchObject(rejected('colour'));
  expect(await attempt({ name: 'forbidden' })).toEqual({ is: 'rejected', reason: 'this name is not wanted.' });
  const { key, item } = applied(await attempt({ name: 'a', stock: 2 }));
  expect(item?.data).toMatchObject({ id: Number(key), name: 'a', stock: 2, twice: 4 });
  const again = await push(place.items, { id: 'w2', op: 'create', ref: 'r2', data: { name: 'a' } });
  expect(again).toMatchObject({ is: 'rejected', field: 'name', reason: expect.stringMatching(/taken.*one_name/) });
  const write = { id: 'w3', key };
  expect(await push(place.items, { ...write, op: 'update', patch: { id: 9 } })).toMatchObject(rejected('id'));
  expect(await push(place.items, { ...write, op: 'add', amounts: { stock: -3 } })).toMatchObject(rejected('stock'));
  expect(await push(place.items, { ...write, op: 'add', amounts: { stock: 0.5 } })).toMatchObject(rejected('stock'));
});

test('an add is exact where numbers are, and counts an empty quantity as none', async () => {
  const columns = [NUMBERED, 'exact decimal(30,10)', 'many bigint unsigned', STAMP];
  await using place = await openTable(server, 'adds', { columns });
  await place.sql("insert into adds.items values (1, '12345678901234567890.1', null, now()), (2, 0, 5, now())");
  const add = (id: string, key: string, amounts: Record<string, number>) =>
    push(place.items, { id, op: 'add', key, amounts });
  expect(applied(await add('w1', '1', { exact: 0.2, many: 3 })).item?.data).toMatchObject({
    exact: '12345678901234567890.3000000000',
    many: 3,
  });
  expect(await add('w2', '2', { many: -6 })).toMatchObject({ is: 'rejected', field: 'many' });
});
