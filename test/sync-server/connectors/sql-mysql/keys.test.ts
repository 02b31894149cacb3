import { createContext } from '@datastores/sync-server/conformance';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drain, getOne, namesOf, scanAll } from '../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { applied, push } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import { type MariadbServer, startMariadb } from '../../../support/mariadb.ts';
import { NUMBERED, openTable, STAMP } from './open-table.ts';

let server: MariadbServer;
beforeAll(async () => {
  server = await startMariadb();
});
afterAll(() => server[Symbol.asyncDispose]());

const COLLATIONS: Readonly<Record<string, readonly string[]>> = {
  // Case, accents and blanks at the end are one to it.
  utf8mb4_unicode_ci: ['b', 'A', 'ä b', 'Zz', 'Ö', '', '10', '9', "it's", '🙂', '_', '"q"', 'a\\b'],
  latin1_german1_ci: ['b', 'A', 'ä b', 'Zz', 'Ö', '', '10', '9', "it's", '_'],
  // Blanks at the end count.
  utf8mb4_nopad_bin: ['b', 'B', 'b ', 'b  ', 'a', 'ä', 'a\t', '', ' ', '🙂', '\uffff'],
};

for (const [collation, keys] of Object.entries(COLLATIONS)) {
  test(`text keys of ${collation} are told apart by their very text, and come in one order`, async () => {
    const charset = collation.split('_')[0];
    const columns = [
      `id varchar(20) character set ${charset} collate ${collation} primary key`,
      'name text character set utf8mb4',
      'changed datetime',
    ];
    await using place = await openTable(server, `k_${collation}`, { columns });
    for (const key of keys)
      applied(await push(place.items, { id: `w${key}`, op: 'create', ref: 'r', data: { id: key, name: `n ${key}` } }));
    await place.sql("update items set changed = '2026-01-01'");
    const ordered = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect((await scanAll(place.items, null)).map(({ key }) => key)).toEqual(ordered);
    for (const [at, after] of ordered.entries()) {
      expect((await scanAll(place.items, after)).map(({ key }) => key)).toEqual(ordered.slice(at + 1));
    }
    const { items } = await drain(place.items, null, { onePageEach: true });
    expect(new Set(items.map(({ key }) => key))).toEqual(new Set(keys));
    const others = ['a', 'B ', 'zz', 'O', 'o', 'ÄB', 'A ', 'п', '🙃'].filter((key) => !keys.includes(key));
    const found = await place.items.get([...keys, ...others], createContext());
    expect([...found.keys()].sort()).toEqual([...keys].sort());
    for (const key of others) {
      expect(await push(place.items, { id: `x${key}`, op: 'delete', key }), key).toEqual({ is: 'missing' });
    }
  });
}

test('a page that ends within equal stamps goes on behind its last key, whatever the type of the key', async () => {
  const types: Record<string, [string, string[]]> = {
    e: ["enum('z','m','a')", ["'z'", "'m'", "'a'"]],
    b: ['binary(2)', ["x'00ff'", "x'ff00'", "x'0a0a'"]],
    d: ['decimal(30,10)', ['-1.5', '12345678901234567890.1', '2']],
    u: ['bigint unsigned', ['18446744073709551615', '9007199254740993', '9007199254740992']],
    t: ['datetime(3)', ["'2026-01-01'", "'2026-01-01 00:00:00.001'", "'1999-12-31'"]],
    y: ['date', ["'2026-01-01'", "'2025-01-01'", "'1999-12-31'"]],
    x: ['bit(3)', ["b'001'", "b'111'", "b'010'"]],
  };
  for (const [name, [type, values]] of Object.entries(types)) {
    await using place = await openTable(server, `type_${name}`, {
      columns: [`id ${type} primary key`, 'name text', 'changed datetime'],
    });
    await place.sql(
      `insert into items values ${values.map((value, at) => `(${value}, 'n${at}', '2026-01-01')`).join(', ')}`,
    );
    const { items } = await drain(place.items, null, { onePageEach: true });
    expect(namesOf(items), type).toEqual(['n0', 'n1', 'n2']);
    for (const { key, data } of items) {
      expect((await getOne(place.items, key)).data, type).toEqual(data);
      expect(
        applied(await push(place.items, { id: `w${key}`, op: 'update', key, patch: { name: 'x' } })).item?.data.name,
      ).toBe('x');
    }
    const all = await scanAll(place.items, null);
    expect(
      all.map(({ key }) => key),
      type,
    ).toEqual(
      items
        .map(({ key }) => key)
        .filter((key, at, keys) => keys.indexOf(key) === at)
        .sort(),
    );
  }
});

test('keys of several columns are lists in JSON, in scans, cursors and writes', async () => {
  const columns = [
    'shop varchar(9) collate utf8mb4_unicode_ci',
    'nr int',
    'name text',
    'changed datetime',
    'primary key (shop, nr)',
  ];
  await using place = await openTable(server, 'composite', {
    columns,
    table: 'character set utf8mb4',
    stream: { key: ['shop', 'nr'] },
  });
  await place.sql(
    `insert into items values ('a"b', 2, 'x', '2026-01-01'), ('a"b', 10, 'y', '2026-01-01'), ('ä/\\\\', 1, 'z', '2026-01-01')`,
  );
  const keys = ['["a\\"b","10"]', '["a\\"b","2"]', '["ä/\\\\","1"]'];
  expect((await scanAll(place.items, null)).map(({ key }) => key)).toEqual(keys);
  expect((await scanAll(place.items, keys[0] ?? '')).map(({ key }) => key)).toEqual(keys.slice(1));
  expect(namesOf((await drain(place.items, null, { onePageEach: true })).items)).toEqual(['x', 'y', 'z']);
  const absent = ['["ä"]', 'ä', '["ä/\\\\",1]', '["Ä/\\\\","1"]', '["ä/\\\\","1x"]'];
  expect((await place.items.get([...keys, ...absent], createContext())).size).toBe(3);
  const { key } = applied(
    await push(place.items, { id: 'w1', op: 'create', ref: 'r', data: { shop: 'b', nr: 1, name: 'new' } }),
  );
  expect(key).toBe('["b","1"]');
  const update = { id: 'w2', op: 'update', key, patch: { name: 'newer' } } as const;
  expect(applied(await push(place.items, update)).item?.data).toMatchObject({ shop: 'b', nr: 1, name: 'newer' });
});

test('the key of a created row is made by a function where one is declared, and else must be told', async () => {
  const columns = ['id varchar(36) default uuid() primary key', 'name text', STAMP];
  await using place = await openTable(server, 'minted', { columns, stream: { mintKey: { sql: 'uuid()' } } });
  const write = { id: 'w1', op: 'create', ref: 'r', data: { name: 'a' } } as const;
  const { key, item } = applied(await push(place.items, write));
  expect(key).toMatch(/^[0-9a-f]{8}-/);
  expect(item?.data.id).toBe(key);
  await using other = await openTable(server, 'untold', { columns });
  await expect(push(other.items, write)).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringContaining('mintKey'),
  });
  expect(await other.sql('select * from items')).toEqual([]);
});

test('child rows are part of their record, also where a foreign key is written otherwise than the key', async () => {
  const columns = ['id varchar(9) primary key', 'name text', STAMP];
  const lines = { table: 'orders.parts', key: 'no', foreignKey: 'item', stamp: 'changed', columns: ['no', 'note'] };
  await using place = await openTable(server, 'orders', { columns, stream: { children: { lines }, overlapMs: 0 } });
  await place.sql(`create table parts (item varchar(9), no int, note varchar(9), ${STAMP}, primary key (item, no),
      foreign key (item) references items (id)) engine = InnoDB;
    insert into items (id, name) values ('A', 'first'), ('b', 'second');
    insert into parts (item, no, note) values ('a', 1, 'one'), ('A', 2, 'two')`);
  expect((await getOne(place.items, 'A')).data.lines).toEqual([
    { no: 1, note: 'one' },
    { no: 2, note: 'two' },
  ]);
  const { cursor } = await drain(place.items, null);
  await place.sql("do sleep(1.1); update parts set note = 'ONE' where no = 1");
  expect(namesOf((await drain(place.items, cursor)).items)).toContain('first');
  const before = await getOne(place.items, 'A');
  await place.sql("update parts set note = 'theirs' where no = 2");
  const patch = {
    lines: [
      { no: 1, note: 'one' },
      { no: 3, note: 'three' },
    ],
  };
  const write = { id: 'w1', op: 'update', key: 'A', patch } as const;
  expect((await push(place.items, { ...write, ...(before.version && { ifVersion: before.version }) })).is).toBe(
    'conflict',
  );
  expect(applied(await push(place.items, write)).item?.data.lines).toEqual(patch.lines);
  expect(await push(place.items, { ...write, id: 'w2', patch: { lines: [{ no: 1 }, { no: 1 }] } })).toMatchObject({
    is: 'rejected',
    field: 'lines[1]',
  });
  const long = { lines: [{ no: 1, note: 'far too long a note' }] };
  expect(await push(place.items, { ...write, id: 'w3', patch: long })).toMatchObject({
    is: 'rejected',
    field: 'lines[0].note',
  });
  expect(applied(await push(place.items, { id: 'w4', op: 'delete', key: 'A' })).key).toBe('A');
  expect(await place.sql('select * from parts')).toEqual([]);
});

test('keys of bytes and keys that the database numbers do for child rows too, and what stays is not touched', async () => {
  const columns = ['id binary(16) primary key', 'name text', STAMP];
  const parts = { table: 'bytes.parts', key: 'id', foreignKey: 'item', columns: ['id', 'note'] };
  const notes = { table: 'bytes.notes', key: 'no', foreignKey: 'item', columns: ['no', 'note'] };
  await using place = await openTable(server, 'bytes', { columns, stream: { children: { parts, notes } } });
  await place.sql(`create table parts (item binary(16), id binary(16) primary key, note text, ${STAMP}) engine = InnoDB;
    create table notes (item binary(16), no int auto_increment primary key, note text, ${STAMP}) engine = InnoDB`);
  const [id, first, second] = ['/+', 'a', 'b'].map((text) => Buffer.alloc(16, text, 'latin1').toString('base64'));
  const data = {
    id: String(id),
    name: 'a',
    parts: [first, second].map((part) => ({ id: String(part), note: 'x' })),
    notes: [{ note: 'one' }, { note: 'two' }],
  };
  const { key, item } = applied(await push(place.items, { id: 'w1', op: 'create', ref: 'r', data }));
  expect(key).toBe(id);
  const notesMade = data.notes.map(({ note }, at) => ({ no: at + 1, note }));
  expect(item?.data).toMatchObject({ parts: data.parts, notes: notesMade });
  const stamps = await place.sql('select changed from parts union all select changed from notes');
  const patch = { parts: data.parts, notes: notesMade };
  await push(place.items, { id: 'w2', op: 'update', key, patch });
  expect(await place.sql('select changed from parts union all select changed from notes')).toEqual(stamps);
  const fewer = { id: 'w3', op: 'update', key, patch: { parts: data.parts.slice(1), notes: [] } } as const;
  expect(applied(await push(place.items, fewer)).item?.data).toMatchObject({ parts: data.parts.slice(1), notes: [] });
});

test('a key that is not kept as it was sent is refused for that record alone', async () => {
  const columns = ['id decimal(5,1) primary key', 'name text', STAMP];
  await using place = await openTable(server, 'rounded', { columns });
  const create = (id: string, number: number) => ({ id, op: 'create', ref: id, data: { id: number } }) as const;
  const outcomes = await place.items.push?.([create('w1', 1.25), create('w2', 1.5)], createContext());
  expect(outcomes).toMatchObject([
    { is: 'rejected', reason: expect.stringContaining('key') },
    { is: 'applied', key: '1.5' },
  ]);
  expect(await place.sql('select id from items')).toEqual([{ id: '1.5' }]);
});

test('a view is read in one order and written through, though nothing says what is unique in it', async () => {
  await using place = await openTable(server, 'viewed', {
    columns: [NUMBERED, 'code varchar(9) collate utf8mb4_unicode_ci', 'name text', 'changed datetime'],
    table: 'character set utf8mb4',
    stream: { table: 'viewed.v', key: 'code', columns: ['name'] },
  });
  await place.sql(`create view v as select code, name, changed from items;
    insert into items (code, name, changed) values ('b', '1', '2026-01-01'), ('A', '2', '2026-01-01'), ('B', '3', '2026-01-01'), ('a', '4', '2026-01-01')`);
  expect(namesOf((await drain(place.items, null, { onePageEach: true })).items)).toEqual(['1', '2', '3', '4']);
  expect((await scanAll(place.items, null)).map(({ key }) => key)).toEqual(['A', 'B', 'a', 'b']);
});
