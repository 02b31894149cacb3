import { createContext } from '@datastores/sync-server/conformance';
import { type ODataOptions, odata } from '@datastores/sync-server/odata';
import { expect, test } from 'vitest';
import { push, update } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';

const STREAM: ODataOptions['streams'][string] = { set: 'Items', key: 'ID' };
const ROOT = 'https://erp.test/odata/v4/';

test('options that cannot work are refused, naming entry and remedy', () => {
  const service = (given: object) => () => odata({ serviceRoot: ROOT, streams: { items: STREAM }, ...given });
  const stream = (given: object) => service({ streams: { items: { ...STREAM, ...given } } });
  expect(service({ serviceRoot: 'ftp://erp.test' })).toThrow(/CONFIG_INVALID.*serviceRoot/);
  expect(service({ serviceRoot: 'https://me:secret@erp.test' })).toThrow(/CONFIG_INVALID.*auth/);
  expect(service({ serviceRoot: `${ROOT}?sap-client=100` })).toThrow(/CONFIG_INVALID.*without query/);
  expect(service({ streams: {} })).toThrow(/CONFIG_INVALID.*streams/);
  expect(service({ tiemout: 1 })).toThrow(/CONFIG_INVALID.*tiemout/);
  expect(service({ auth: { tokenUrl: 'https://login.test/token', clientId: 'a' } })).toThrow(/CONFIG_INVALID.*auth/);
  expect(stream({ set: '/Items' })).toThrow(/BINDING_INVALID.*streams\.items\.set.*leading/);
  expect(stream({ key: [] })).toThrow(/BINDING_INVALID.*streams\.items\.key/);
  expect(stream({ key: "ID eq 1 or 'x'" })).toThrow(/BINDING_INVALID.*plain name/);
  expect(stream({ key: [{ name: 'ID', type: 'integer' }], scan: 'ordinal' })).toThrow(/BINDING_INVALID.*ordinal/);
  expect(stream({ changes: { by: 'clock' } })).toThrow(/BINDING_INVALID.*changes/);
});

test('a stream offers what its options describe, and no more', async () => {
  const { items } = odata({ serviceRoot: ROOT, streams: { items: STREAM } }).streams;
  expect(items?.traits).toMatchObject({ order: 'none', deletes: 'none', creates: 'unsafe', adds: false });
  expect([items?.changes, items?.push]).toEqual([undefined, undefined]);
  const writable = odata({ serviceRoot: ROOT, streams: { items: { ...STREAM, update: true } } }).streams.items;
  if (!writable) throw new Error('The connector has no stream items.');
  expect(await push(writable, { id: 'w1', op: 'delete', key: '1' })).toMatchObject({ is: 'rejected' });
});

const KEYS: readonly (readonly [
  name: string,
  key: ODataOptions['streams'][string]['key'],
  text: string,
  path: string,
])[] = [
  ['text', 'ID', "o'neil/x", "Items('o''neil%2Fx')"],
  ['number', [{ name: 'ID', type: 'integer' }], '-7', 'Items(-7)'],
  [
    'guid',
    [{ name: 'ID', type: 'guid' }],
    '6f9619ff-8b86-d011-b42d-00cf4fc964ff',
    'Items(6f9619ff-8b86-d011-b42d-00cf4fc964ff)',
  ],
  [
    'composite',
    [
      { name: 'Plant', type: 'string' },
      { name: 'No', type: 'integer' },
    ],
    '["10,0","7"]',
    "Items(Plant='10%2C0',No=7)",
  ],
];

test.each(KEYS)('a %s key names one record in paths and filters', async (...given) => {
  const [, key, text, path] = given;
  const record = text.startsWith('[') ? { Plant: '10,0', No: 7 } : { ID: text };
  const asked: [string, string][] = [];
  const context = {
    ...createContext(),
    fetch: async (input: unknown, init?: RequestInit) => {
      asked.push([String(init?.method), String(input).slice(ROOT.length)]);
      return Response.json({ value: [record] });
    },
  };
  const { items } = odata({ serviceRoot: ROOT, streams: { items: { ...STREAM, key, update: true } } }).streams;
  expect([...((await items?.get([text], context))?.keys() ?? [])]).toEqual([text]);
  await items?.push?.([update('w1', text, { Name: 'n' })], context);
  expect(asked[1]).toEqual(['PATCH', path]);
  const filter = decodeURIComponent(String(asked[0]?.[1].split('$filter=')[1]));
  const expected = text.startsWith('[')
    ? "(Plant eq '10,0' and No eq 7)"
    : /\((.*)\)/.exec(decodeURIComponent(path))?.[1];
  expect(filter).toBe(text.startsWith('[') ? expected : `ID eq ${expected}`);
});

test('a key that is none of its type is asked for nowhere', async () => {
  const asked: string[] = [];
  const context = {
    ...createContext(),
    fetch: async (input: unknown) => {
      asked.push(String(input));
      return Response.json({ value: [] });
    },
  };
  const key: ODataOptions['streams'][string]['key'] = [{ name: 'ID', type: 'integer' }];
  const { items } = odata({ serviceRoot: ROOT, streams: { items: { ...STREAM, key, update: true } } }).streams;
  expect(await items?.get(['1 or 1 eq 1', '01', '', '1e3'], context)).toEqual(new Map());
  expect(await items?.push?.([update('w1', '1) or (1', {})], context)).toEqual([{ is: 'missing' }]);
  expect(asked).toEqual([]);
});

test('a created record is known by its address where the answer does not hold it', async () => {
  const key: ODataOptions['streams'][string]['key'] = [
    { name: 'Plant', type: 'string' },
    { name: 'No', type: 'integer' },
  ];
  const stream = { set: 'companies(1)/items', key, create: true };
  const { items } = odata({ serviceRoot: ROOT, streams: { items: stream } }).streams;
  const location = `${ROOT}companies(1)/items(Plant='10%2C0',No=7)`;
  const context = {
    ...createContext(),
    fetch: async (_input: unknown, init?: RequestInit) =>
      init?.method === 'POST'
        ? new Response(null, { status: 204, headers: { location } })
        : Response.json({ value: [] }),
  };
  const outcomes = await items?.push?.([{ id: 'w1', op: 'create', ref: 'r', data: { Name: 'n' } }], context);
  expect(outcomes).toEqual([{ is: 'applied', key: '["10,0","7"]' }]);
});
