import { createContext } from '@datastores/sync-server/conformance';
import { type RestOptions, rest } from '@datastores/sync-server/rest';
import { expect, test } from 'vitest';
import { push } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';

const STREAM: RestOptions['streams'][string] = { path: '/items', key: 'id', get: { path: '/items/{key}' } };

test('options that cannot work are refused, naming entry and remedy', () => {
  const service = (given: object) => () => rest({ baseUrl: 'https://shop.test', streams: { items: STREAM }, ...given });
  const stream = (given: object) => service({ streams: { items: { ...STREAM, ...given } } });
  expect(service({ baseUrl: 'ftp://shop.test' })).toThrow(/CONFIG_INVALID.*baseUrl/);
  expect(service({ baseUrl: 'https://me:secret@shop.test' })).toThrow(/CONFIG_INVALID.*auth/);
  expect(service({ streams: {} })).toThrow(/CONFIG_INVALID.*streams/);
  expect(service({ tiemout: 1 })).toThrow(/CONFIG_INVALID.*tiemout/);
  expect(service({ statuses: { 42: 'down' } })).toThrow(/CONFIG_INVALID.*three digits/);
  expect(stream({ get: undefined })).toThrow(/BINDING_INVALID.*streams\.items\.get.*deletion/);
  expect(stream({ get: { path: '/items' } })).toThrow(/BINDING_INVALID.*streams\.items\.get/);
  expect(stream({ adds: { path: '/items/{key}/adjust' } })).toThrow(/BINDING_INVALID.*idempotencyHeader/);
  expect(stream({ list: { page: { style: 'keyset', param: 'after' } } })).toThrow(/BINDING_INVALID.*since/);
});

test('a stream offers what its options describe, and no more', async () => {
  const { items } = rest({ baseUrl: 'https://shop.test', streams: { items: STREAM } }).streams;
  expect(items?.traits).toMatchObject({
    order: 'none',
    creates: 'unsafe',
    guarded: false,
    adds: false,
    deletes: 'none',
  });
  expect([items?.changes, items?.push]).toEqual([undefined, undefined]);
  const writable = rest({ baseUrl: 'https://shop.test', streams: { items: { ...STREAM, create: {} } } }).streams.items;
  if (!writable) throw new Error('The connector has no stream items.');
  expect(await push(writable, { id: 'w1', op: 'delete', key: '1' })).toMatchObject({ is: 'rejected' });
});

test('requests carry credentials, and blanks in parameters are not written as plus', async () => {
  const asked: [string, unknown][] = [];
  const context = {
    ...createContext(),
    fetch: async (input: unknown, init?: RequestInit) => {
      asked.push([String(input), init?.headers]);
      return new Response('[]');
    },
  };
  const streams = { items: { ...STREAM, list: { query: { q: 'a b+c' } } } };
  await rest({ baseUrl: 'https://shop.test/v1/', streams, auth: { user: 'me', password: 'pw' } }).check(context);
  expect(asked).toEqual([
    ['https://shop.test/v1/items?q=a%20b%2Bc', expect.objectContaining({ authorization: 'Basic bWU6cHc=' })],
  ]);
});

test('a key cannot lead a request to another path', async () => {
  const asked: string[] = [];
  const context = {
    ...createContext(),
    fetch: async (input: unknown) => {
      asked.push(new URL(String(input)).pathname);
      return new Response('', { status: 404 });
    },
  };
  const { items } = rest({ baseUrl: 'https://shop.test', streams: { items: STREAM } }).streams;
  await items?.get(['..', '.', '', '../users', 'a/b', '%2e%2e', '\ud800'], context);
  expect(asked.sort()).toEqual(['/items/%252e%252e', '/items/..%2Fusers', '/items/a%2Fb']);
});
