import type { Write } from '@datastores/sync-server/connector';
import type { FilesOptions } from '@datastores/sync-server/files';
import { expect, test } from 'vitest';
import { drain } from '../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { exchangeFolder, type Server } from './exchange-folder.ts';

type StreamOptions = FilesOptions['streams'][string];

const CSV: StreamOptions = {
  format: { is: 'csv', separator: ';', decimal: ',', encoding: 'windows-1252' },
  key: 'sku',
  fields: { sku: { from: 'Artikel' }, name: { maxLength: 10 }, price: { type: 'number' }, stock: { type: 'integer' } },
  inbox: { full: 'full-*.csv', delta: 'delta-*.csv', complete: { minRows: 1 } },
  outbox: { prefix: 'ours', adds: true, marker: '.ok' },
  ack: { pattern: '*.csv' },
  settleMs: 60_000,
};
const HEADER = 'Artikel;name;price;stock\r\n';

const update = (id: string, key: string, patch: Extract<Write, { op: 'update' }>['patch']): Write => ({
  id,
  op: 'update',
  key,
  patch,
});

async function push(server: Server, ...writes: Write[]): Promise<string[]> {
  return (await server.stream.push?.(writes, server.context))?.map(({ is }) => is) ?? [];
}

test('a batch is one file with a line for each write, and its marker', async () => {
  await using folder = exchangeFolder();
  folder.drop('full-1.csv', `${HEADER}1;one;1,5;3\r\n2;two;2;3\r\n3;three;3;3\r\n`);
  const server = folder.server({ items: CSV });
  const outcomes = await push(
    server,
    update('w1', '1', { name: 'a;"b"€', price: 1234.25 }),
    { id: 'w2', op: 'create', ref: 'r1', data: { name: null, price: -0.5 } },
    { id: 'w3', op: 'delete', key: '2' },
    { id: 'w4', op: 'add', key: '3', amounts: { stock: -2 } },
    update('w5', '1', { stock: 7 }),
  );
  expect(outcomes).toEqual(['applied', 'applied', 'applied', 'applied', 'applied']);
  const [name = '', marker] = folder.names('outbox');
  expect(name).toMatch(/^ours-0000000002-[0-9a-f]{16}\.csv$/);
  expect([marker, folder.names('outbox')]).toEqual([`${name}.ok`, [name, `${name}.ok`]]);
  expect(folder.bytes(`outbox/${name}`).toString('latin1').replaceAll('\x80', '€')).toBe(
    [
      'operation;write_id;Artikel;name;price;stock',
      'update;w1;1;"a;""b""€";1234,25;3',
      'create;w2;r1;;-0,5;',
      'delete;w3;2;;;',
      'add;w4;3;;;-2',
      'update;w5;1;"a;""b""€";1234,25;7',
      '',
    ].join('\r\n'),
  );
  expect((await server.records())['3']).toEqual({ sku: '3', name: 'three', price: 3, stock: 1 });
});

test('what a file cannot hold is rejected with its field, and the rest is handed over', async () => {
  await using folder = exchangeFolder();
  folder.drop('full-1.csv', `${HEADER}1;one;1;1\r\n`);
  const server = folder.server({ items: CSV });
  const outcomes = await server.stream.push?.(
    [
      update('w1', '1', { name: 'Ж' }),
      update('w2', '1', { name: 'much too long' }),
      update('w3', '1', { price: 'cheap' }),
      update('w4', '1', { color: 'red' }),
      update('w5', '1', { sku: '2' }),
      { id: 'w6', op: 'create', ref: 'r', data: { sku: '1' } },
      update('w7', '1', { name: 'fine' }),
    ],
    server.context,
  );
  expect(outcomes?.map((outcome) => (outcome.is === 'rejected' ? outcome.field : outcome.is))).toEqual([
    'name',
    'name',
    'price',
    'color',
    'sku',
    'sku',
    'applied',
  ]);
  expect(outcomes?.[0]).toMatchObject({ reason: expect.stringContaining('windows-1252') });
  expect(
    folder
      .bytes(`outbox/${folder.names('outbox')[0]}`)
      .toString()
      .split('\r\n'),
  ).toHaveLength(3);
});

test('a batch that is repeated, whole or in other parts, is handed over once', async () => {
  await using folder = exchangeFolder();
  folder.drop('full-1.csv', `${HEADER}1;one;1;1\r\n2;two;2;2\r\n`);
  const server = folder.server({ items: CSV });
  const [a, b] = [update('w1', '1', { stock: 5 }), update('w2', '2', { stock: 6 })];
  await push(server, a, b);
  expect(await push(server, a, b)).toEqual(['applied', 'applied']);
  expect(await push(folder.server({ items: CSV }, { name: 'two' }), b, a)).toEqual(['applied', 'applied']);
  expect(folder.names('outbox').filter((name) => name.endsWith('.csv'))).toHaveLength(1);
});

test('an export that is older than what was handed over does not undo it, until it took longer than it may', async () => {
  await using folder = exchangeFolder();
  const before = `${HEADER}1;one;1;1\r\n2;two;2;2\r\n3;three;3;3\r\n`;
  folder.drop('full-1.csv', before);
  const server = folder.server({ items: CSV });
  await push(
    server,
    update('w1', '1', { name: 'ours' }),
    { id: 'w2', op: 'delete', key: '2' },
    { id: 'w3', op: 'create', ref: 'r', data: {} },
  );
  folder.drop('full-2.csv', before.replace('three', 'changed'));
  const { cursor } = await drain(server.stream, null);
  expect(await server.records()).toMatchObject({ '1': { name: 'ours' }, '3': { name: 'changed' }, r: { sku: 'r' } });
  expect(Object.keys(await server.records())).toEqual(['1', '3', 'r']);
  server.pass(61_000);
  const records = await server.records();
  expect(records).toMatchObject({ '1': { name: 'one' }, '2': { name: 'two' }, r: { sku: 'r' } });
  expect((await drain(server.stream, cursor)).items.map(({ key }) => key).sort()).toEqual(['1', '2']);
});

test('an export that shows what was handed over ends the waiting, and from then on it counts', async () => {
  await using folder = exchangeFolder();
  folder.drop('full-1.csv', `${HEADER}1;one;1;1\r\n`);
  const server = folder.server({ items: CSV });
  await push(server, update('w1', '1', { name: 'ours' }), { id: 'w2', op: 'create', ref: 'r', data: { price: 1.005 } });
  folder.drop('full-2.csv', `${HEADER}1;ours;1;1\r\nr;;1,01;0\r\n`);
  expect((await server.records()).r).toEqual({ sku: 'r', name: null, price: 1.01, stock: 0 });
  folder.drop('full-3.csv', `${HEADER}1;theirs;1;1\r\n`);
  expect(await server.records()).toEqual({ '1': { sku: '1', name: 'theirs', price: 1, stock: 1 } });
});

test('where no full export ever comes, silence means consent', async () => {
  await using folder = exchangeFolder();
  const server = folder.server({ items: { ...CSV, inbox: { delta: 'delta-*.csv' } } });
  await push(server, { id: 'w1', op: 'create', ref: 'r', data: { name: 'a' } });
  server.pass(61_000);
  expect(await server.records()).toEqual({ r: { sku: 'r', name: 'a' } });
  folder.drop('delta-1.csv', `${HEADER}r;b;;\r\n`);
  expect((await server.records()).r).toEqual({ sku: 'r', name: 'b', price: null, stock: null });
});

test('a write that is rejected later is undone here and reported; one that is accepted waits no longer', async () => {
  await using folder = exchangeFolder();
  folder.drop('full-1.csv', `${HEADER}1;one;1;1\r\n2;two;2;2\r\n`);
  const server = folder.server({ items: CSV });
  await push(server, update('w1', '1', { name: 'bad' }), update('w2', '2', { name: 'good' }), {
    id: 'w3',
    op: 'create',
    ref: 'r',
    data: {},
  });
  const { cursor } = await drain(server.stream, null);
  const acks = [
    'write_id;status;reason',
    'w1;rejected;closed period',
    'w2;accepted;',
    'w3;rejected;',
    'w9;accepted;',
    'w2;maybe;',
  ];
  folder.drop('ack/acks-1.csv', `${acks.join('\r\n')}\r\n`);
  const { items, deleted } = await drain(server.stream, cursor);
  expect([items.map(({ data }) => data.name), deleted]).toEqual([['one'], ['r']]);
  expect(folder.report().slice(1)).toMatchObject([
    { line: 2, reason: 'the write w1 was rejected: closed period' },
    { line: 4, reason: 'the write w3 was rejected: no reason given' },
    { line: 5, reason: 'acknowledges w9, which is not waited for' },
    { line: 6, reason: 'has the unknown status "maybe"' },
  ]);
  folder.drop('full-2.csv', `${HEADER}1;one;1;1\r\n2;GOOD;2;2\r\n`);
  expect((await server.records())['2']?.name).toBe('GOOD');
});

test('rows of changed fields tell null from what is not said', async () => {
  await using folder = exchangeFolder();
  const format = { is: 'csv', nullText: 'NULL', absentText: '', empty: 'absent', quotedEmpty: 'text' } as const;
  const stream: StreamOptions = { ...CSV, format, outbox: { rows: 'changed' }, ack: undefined };
  folder.drop('full-1.csv', `${HEADER.replaceAll(';', ',')}1,one,1,1\n`);
  const server = folder.server({ items: stream });
  await push(
    server,
    update('w1', '1', { name: null }),
    update('w2', '1', { name: '' }),
    update('w3', '1', { name: 'NULL' }),
  );
  const lines = folder.text(`outbox/${folder.names('outbox')[0]}`).split('\r\n');
  expect(lines.slice(1, 4)).toEqual(['update,w1,1,NULL,,', 'update,w2,1,"",,', 'update,w3,1,"NULL",,']);
});

test('a stream without an inbox hands over and knows what it handed over', async () => {
  await using folder = exchangeFolder();
  const server = folder.server({ orders: { format: { is: 'jsonl' }, key: 'id', outbox: {} } });
  expect(server.stream.traits).toMatchObject({ order: 'none', deletes: 'none', creates: 'idempotent' });
  expect([server.stream.changes, server.stream.scan]).toEqual([undefined, undefined]);
  await push(
    server,
    { id: 'w1', op: 'create', ref: 'o1', data: { total: 5, lines: [{ sku: 'a' }] } },
    update('w2', 'x', { total: 6 }),
  );
  expect(folder.text(`outbox/${folder.names('outbox')[0]}`)).toBe(
    '{"operation":"create","write_id":"w1","id":"o1","total":5,"lines":[{"sku":"a"}]}\n{"operation":"update","write_id":"w2","id":"x","total":6}\n',
  );
  expect([...(await server.stream.get(['o1', 'x'], server.context)).keys()]).toEqual(['o1']);
});
