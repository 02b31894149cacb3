import { gzipSync } from 'node:zlib';
import type { FilesOptions } from '@datastores/sync-server/files';
import { expect, test } from 'vitest';
import { exchangeFolder } from './exchange-folder.ts';

type StreamOptions = FilesOptions['streams'][string];

const CSV: StreamOptions = {
  format: { is: 'csv', separator: ';', decimal: ',', thousands: '.' },
  key: 'sku',
  fields: {
    sku: { from: 'Artikel' },
    name: { from: 'Bezeichnung' },
    price: { from: 'Preis', type: 'number' },
    active: { from: 'Aktiv', type: 'boolean', optional: true },
  },
  inbox: { delta: '*.csv*' },
};
const HEADER = 'Artikel;Bezeichnung;Preis';

test.each<[string, (text: string) => Buffer, object]>([
  ['utf-8', (text) => Buffer.from(text), {}],
  ['utf-8 with a byte order mark', (text) => Buffer.from(`\ufeff${text}`), {}],
  [
    'utf-8 with a byte order mark, declared as something else',
    (text) => Buffer.from(`\ufeff${text}`),
    { encoding: 'windows-1252' },
  ],
  ['utf-16le', (text) => Buffer.from(text, 'utf16le'), { encoding: 'utf-16le' }],
  ['utf-16le with a byte order mark', (text) => Buffer.from(`\ufeff${text}`, 'utf16le'), {}],
  ['windows-1252', (text) => Buffer.from(text.replace('€', '\x80'), 'latin1'), { encoding: 'windows-1252' }],
  [
    'latin1, by which windows-1252 is meant',
    (text) => Buffer.from(text.replace('€', '\x80'), 'latin1'),
    { encoding: 'latin1' },
  ],
  ['gzip', (text) => gzipSync(text), {}],
])('text in %s is read', async (_name, encode, format) => {
  await using folder = exchangeFolder();
  folder.drop('a.csv', encode(`${HEADER}\r\nä1;Größe ½ €;1.234,50\r\n`));
  const server = folder.server({ items: { ...CSV, format: { ...CSV.format, ...format } as StreamOptions['format'] } });
  expect(await server.records()).toEqual({ ä1: { sku: 'ä1', name: 'Größe ½ €', price: 1234.5 } });
});

test('quotes hold separators, quotes and line ends, and lines may end in either way', async () => {
  await using folder = exchangeFolder();
  folder.drop('a.csv', `${HEADER}\r\n1;"a;b ""c""\r\nd";2\n2; x ;3\n\n"3";"";4`);
  expect(await folder.server({ items: CSV }).records()).toEqual({
    '1': { sku: '1', name: 'a;b "c"\nd', price: 2 },
    '2': { sku: '2', name: ' x ', price: 3 },
    '3': { sku: '3', name: null, price: 4 },
  });
});

test('an empty cell is null, not said, or an empty text, as declared', async () => {
  const read = async (format: object) => {
    await using folder = exchangeFolder();
    folder.drop('a.csv', `${HEADER}\n1;;2\n2;"";2\n3;NULL;2\n`);
    const stream = { ...CSV, format: { ...CSV.format, ...format } as StreamOptions['format'] };
    const records = await folder.server({ items: stream }).records();
    return Object.values(records).map(({ name }) => name);
  };
  expect(await read({})).toEqual([null, null, 'NULL']);
  expect(await read({ empty: 'absent', quotedEmpty: 'text', nullText: 'NULL' })).toEqual([undefined, '', null]);
  expect(await read({ empty: 'text' })).toEqual(['', null, 'NULL']);
});

test('in a delta a field that is not said stays, and null empties it', async () => {
  await using folder = exchangeFolder();
  const server = folder.server({ items: { format: { is: 'jsonl' }, key: 'id', inbox: { delta: '*.jsonl' } } });
  folder.drop('1.jsonl', '{"id":1,"a":1,"b":2}\n{"id":2,"a":3}\n{"id":2,"a":4}\n');
  folder.drop('2.jsonl', '{"id":1,"b":null}');
  expect(await server.records()).toEqual({ '1': { id: 1, a: 1, b: null }, '2': { id: 2, a: 4 } });
});

test('a bad line is reported with its number and reason, and all others are applied', async () => {
  await using folder = exchangeFolder();
  const bad = ['2;two;cheap', '3;three', '4;"x"y;1', ';none;1', '5;wrong "quote;1', '6;six;1;more', '7;true;1.2.3,4,5'];
  folder.drop('a.csv', `${HEADER}\n1;one;1\n${bad.join('\n')}\n8;"never closed;1\n9;nine;9\n10;"ten";10\n`);
  const server = folder.server({ items: CSV });
  expect(Object.keys(await server.records())).toEqual(['1', '9', '10']);
  const [summary, ...faults] = folder.report();
  expect(summary).toMatchObject({ file: 'a.csv', kind: 'delta', rows: 11, faulty: 8 });
  expect(faults.map(({ line, reason }) => [line, reason])).toEqual([
    [3, 'price: "cheap" is no number'],
    [4, 'has 2 columns instead of 3'],
    [5, expect.stringContaining('quote')],
    [6, 'has no key in Artikel'],
    [7, expect.stringContaining('quote')],
    [8, 'has 4 columns instead of 3'],
    [9, 'price: "1.2.3,4,5" is no number'],
    [10, expect.stringContaining('quote')],
  ]);
  expect(faults[0]?.text).toBe('2;two;cheap');
  expect(folder.names('done/items')).toEqual(['0000000001.delta~a.csv']);
});

test('bytes that are no characters spoil their own line', async () => {
  await using folder = exchangeFolder();
  folder.drop(
    'a.csv',
    Buffer.concat([Buffer.from(`${HEADER}\n1;gr`), Buffer.from([0xfc]), Buffer.from('n;1\n2;b;2\n')]),
  );
  expect(Object.keys(await folder.server({ items: CSV }).records())).toEqual(['2']);
  expect(folder.report()[1]).toMatchObject({ line: 2, reason: expect.stringContaining('encoding') });
});

test('a line that is too long is faulty and is not held', async () => {
  await using folder = exchangeFolder();
  folder.drop('a.csv', `${HEADER}\n1;${'x'.repeat(5_000)};1\n2;"${'y\n'.repeat(2_000)}";2\n3;c;3\n`);
  const server = folder.server({ items: CSV }, { maxRecord: 1_000 });
  expect(Object.keys(await server.records())).toEqual(['3']);
  expect(folder.report()[1]).toMatchObject({ line: 2, reason: 'is longer than maxRecord' });
});

test.each<[string, string | Buffer, RegExp]>([
  ['without the declared columns', 'Artikel;Name;Preis\n1;a;2\n', /lacks the columns Bezeichnung/],
  ['with a column twice', `${HEADER};Preis\n1;a;2;3\n`, /two columns named "Preis"/],
  ['without a header', '', /no header/],
  ['that is a cut off archive', gzipSync(`${HEADER}\n1;a;2\n`).subarray(0, 30), /gzip/],
])('a file %s is refused as a whole', async (_name, content, reason) => {
  await using folder = exchangeFolder();
  folder.drop('a.csv', content);
  folder.drop('b.csv', `${HEADER}\n2;b;3\n`);
  const server = folder.server({ items: CSV });
  expect(Object.keys(await server.records())).toEqual(['2']);
  expect(folder.report()[0]?.refused).toMatch(reason);
  expect(folder.names('failed/items').filter((name) => name.endsWith('~a.csv'))).toHaveLength(1);
  expect(folder.names('inbox')).toEqual([]);
});

test('an archive that unpacks to more than maxBytes is refused', async () => {
  await using folder = exchangeFolder();
  folder.drop('a.csv', gzipSync(`${HEADER}\n${'1;a;2\n'.repeat(100_000)}`));
  expect(await folder.server({ items: CSV }, { maxBytes: 10_000 }).records()).toEqual({});
  expect(folder.report()[0]?.refused).toMatch(/maxBytes/);
});

test('columns without a header, and values of all types', async () => {
  await using folder = exchangeFolder();
  const stream: StreamOptions = {
    format: {
      is: 'csv',
      quote: false,
      separator: '\t',
      header: ['id', 'n', 'i', 'b', 'j'],
      booleans: { true: ['J'], false: ['N'] },
    },
    key: 'id',
    fields: { id: {}, n: { type: 'number' }, i: { type: 'integer' }, b: { type: 'boolean' }, j: { type: 'json' } },
    inbox: { delta: '*' },
  };
  folder.drop(
    'a',
    'a\t-1.5e3\t+7\tJ\t{"x":[1]}\nb\t.5\t1.5\tN\t1\nc\t1\t9007199254740993\tN\t1\nd\t1\t1\tja\t1\ne\t0x10\t1\tJ\t1\n"f"\t1\t1\tN\tnull\n',
  );
  expect(await folder.server({ items: stream }).records()).toEqual({
    a: { id: 'a', n: -1500, i: 7, b: true, j: { x: [1] } },
    '"f"': { id: '"f"', n: 1, i: 1, b: false, j: null },
  });
  expect(
    folder
      .report()
      .slice(1)
      .map(({ line }) => line),
  ).toEqual([2, 3, 4, 5]);
});
