import { createContext } from '@datastores/sync-server/conformance';
import { type GraphqlOptions, graphql } from '@datastores/sync-server/graphql';
import { expect, test } from 'vitest';
import { push } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import { SHOP } from './graphql-place.ts';

type StreamOptions = GraphqlOptions['streams'][string];

const BASE = { endpoint: 'https://shop.test/graphql' };
const STREAM: StreamOptions = {
  key: 'id',
  list: {
    query:
      'query ($first: Int!, $after: String) { items(first: $first, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }',
    at: 'items',
  },
  get: { query: 'query ($keys: [ID!]!) { nodes(ids: $keys) { ... on Item { id } } }', at: 'nodes' },
};
const UPDATE = {
  mutation: 'mutation ($key: ID!, $patch: In!) { up(id: $key, input: $patch) { item { id } } }',
  at: 'up.item',
};

const service = (given: object) => () => graphql({ ...BASE, streams: { items: STREAM }, ...given });
const stream = (given: object) => service({ streams: { items: { ...STREAM, ...given } } });
const list = (given: object) => stream({ list: { ...STREAM.list, ...given } });

test.each<[string, () => unknown, RegExp]>([
  ['another protocol', service({ endpoint: 'ftp://shop.test' }), /CONFIG_INVALID.*endpoint/],
  ['credentials in the address', service({ endpoint: 'https://me:secret@shop.test' }), /CONFIG_INVALID.*auth/],
  ['a check that is no query', service({ check: 'mutation { a }' }), /CONFIG_INVALID.*check/],
  ['no stream', service({ streams: {} }), /CONFIG_INVALID.*streams/],
  ['a misspelt entry', service({ tiemout: 1 }), /CONFIG_INVALID.*tiemout/],
  ['a meaning that there is none of', service({ codes: { ODD: 'fine' } }), /CONFIG_INVALID.*codes\.ODD/],
  ['no point read', stream({ get: undefined }), /BINDING_INVALID.*streams\.items\.get.*deletion/],
  [
    'a point read without keys',
    stream({ get: { query: '{ items { id } }', at: 'items' } }),
    /get\.variables.*\{keys\} or \{key\}/,
  ],
  [
    'a document that breaks off',
    list({ query: 'query { items(first: 1' }),
    /BINDING_INVALID.*list.*cannot be read: a \{ is not closed\. Correct/,
  ],
  ['a document with a character that is none', list({ query: '{ items; }' }), /unexpected ";"/],
  ['two operations', list({ query: 'query A { a } query B { b }' }), /holds 2 operations/],
  ['a mutation that reads', list({ query: 'mutation { a }' }), /must be a query, not a mutation/],
  ['a fragment that is not there', list({ query: 'query { items { ...Item } }' }), /no fragment Item/],
  ['an operation among fragments', stream({ fragments: '{ a }' }), /streams\.items\.fragments.*operation/],
  ['a variable that is not declared', list({ variables: { size: '{first}' } }), /declares no \$size/],
  [
    'a variable without a value',
    list({
      query:
        'query ($first: Int, $after: String, $term: String) { items(first: $first, after: $after, q: $term) { id } }',
    }),
    /there is no \{term\} here, but \{first\}/,
  ],
  [
    'a list that cannot go on',
    list({ query: 'query ($first: Int) { items(first: $first) { id } }' }),
    /no variable is \{after\}/,
  ],
  ['changes that are not asked for', list({ since: { field: 'updatedAt' } }), /no variable is \{since\}/],
  ['keyset without a time', list({ page: { style: 'keyset', variables: { after: '{key}' } } }), /keyset needs since/],
  [
    'a mutation of two fields',
    stream({
      update: { ...UPDATE, mutation: 'mutation ($key: ID!, $patch: In!) { up(id: $key, in: $patch) { id } log }' },
    }),
    /update.*one field, not for 2/,
  ],
  [
    'a place that is not in the answer',
    stream({ update: { ...UPDATE, at: 'item' } }),
    /update\.at: must begin with up/,
  ],
  [
    'an update without a patch',
    stream({ update: { ...UPDATE, variables: { patch: {} } } }),
    /no variable is \{patch\}/,
  ],
  [
    'a version that is nowhere',
    stream({ update: { ...UPDATE, variables: { patch: { '...': '{patch}', v: '{version}' } } } }),
    /version.*uses \{version\}/,
  ],
  [
    'a guard over half of the writes',
    stream({
      version: 'v',
      update: { ...UPDATE, variables: { patch: { '...': '{patch}', v: '{version}' } } },
      delete: { mutation: 'mutation ($key: ID!) { gone(id: $key) }' },
    }),
    /both use \{version\}, or neither/,
  ],
  [
    'adds that could add twice',
    stream({
      adds: { mutation: 'mutation ($key: ID!, $amounts: In!) { add(id: $key, by: $amounts) { id } }', at: 'add' },
    }),
    /adds.*adds twice/,
  ],
  [
    'a reference that is not stored',
    stream({
      create: { mutation: 'mutation ($data: In!) { make(in: $data) { id } }', at: 'make' },
      ref: { field: 'ref', query: 'query ($ref: String!) { items(ref: $ref) { id ref } }', at: 'items' },
    }),
    /create\.variables: no variable is \{ref\}/,
  ],
])('%s is refused, naming entry and remedy', (_, declare, message) => {
  expect(declare).toThrow(message);
});

test('a stream offers what its options describe, and no more', async () => {
  const { items } = graphql({ ...BASE, streams: { items: STREAM } }).streams;
  expect(items?.traits).toEqual({
    order: 'none',
    deletes: 'none',
    creates: 'unsafe',
    guarded: false,
    adds: false,
    batch: { max: 10, fails: 'each' },
  });
  expect([items?.changes, items?.push]).toEqual([undefined, undefined]);
  const { items: writable } = graphql({ ...BASE, streams: { items: { ...STREAM, update: UPDATE } } }).streams;
  if (!writable) expect.fail('no stream');
  expect(await push(writable, { id: 'w1', op: 'delete', key: '1' })).toMatchObject({ is: 'rejected' });
});

test('requests carry the credentials, and texts with braces, quotes and comments reach the service as they are', async () => {
  const asked: [string, RequestInit | undefined][] = [];
  const context = {
    ...createContext(),
    fetch: async (input: unknown, init?: RequestInit) => {
      asked.push([String(input), init]);
      return Response.json({ data: { items: { nodes: [], pageInfo: { hasNextPage: false } } } });
    },
  };
  const query = `# the list { of "all"
    query List($first: Int!, $after: String) @cached(ttl: 5) {
      items(first: $first, after: $after, where: { q: "a { b } $c # d \\"e\\"", n: """x "y" {""" }) { nodes { id } pageInfo { hasNextPage endCursor } }
    }`;
  const streams = { items: { ...STREAM, list: { query, at: 'items', size: 7 } } };
  await graphql({ ...BASE, streams, auth: { header: 'X-Shop-Token', value: 'secret' } }).check(context);
  const [address, init] = asked[0] ?? [];
  expect(address).toBe(BASE.endpoint);
  expect(init).toMatchObject({ method: 'POST', headers: { 'X-Shop-Token': 'secret' } });
  const body = JSON.parse(String(init?.body)) as { query: string; variables: object };
  expect(body.variables).toEqual({ first: 7 });
  expect(body.query).toContain(String.raw`{ q : "a { b } $c # d \"e\"" n : """x "y" {""" }`);
  expect(body.query).toContain('@ cached ( ttl : 5 )');
  expect(body.query).not.toContain('the list');
});

test('placeholders within a text are left out with it until they have a value', async () => {
  const asked: unknown[] = [];
  const context = {
    ...createContext(),
    fetch: async (_: unknown, init?: RequestInit) => {
      asked.push((JSON.parse(String(init?.body)) as { variables: unknown }).variables);
      return Response.json({ data: { items: { nodes: [], pageInfo: { hasNextPage: false } } } });
    },
  };
  const query = STREAM.list.query
    .replace('$after: String)', '$after: String, $filter: String)')
    .replace('after: $after)', 'after: $after, query: $filter)');
  const since = { field: 'updatedAt', overlapMs: 0 };
  const variables = { filter: "updated_at:>='{since}'" };
  const { items } = graphql({
    ...BASE,
    streams: { items: { ...STREAM, list: { query, at: 'items', variables, since } } },
  }).streams;
  for (const cursor of [null, { from: null, upto: 0, at: null }]) {
    for await (const _page of items?.changes?.(cursor, context) ?? []) break;
  }
  expect(asked).toEqual([{ first: 100 }, { first: 100, filter: "updated_at:>='1970-01-01T00:00:00.000Z'" }]);
});

test('keys that are numbers over there are sent as numbers, and a text that is none is the key of nothing', async () => {
  const asked: { query: string; variables: unknown }[] = [];
  const context = {
    ...createContext(),
    fetch: async (_: unknown, init?: RequestInit) => {
      asked.push(JSON.parse(String(init?.body)));
      return Response.json({ data: { nodes: [{ id: 7 }, null, null], part0: { item: { id: 7 } } } });
    },
  };
  const { items } = graphql({ ...BASE, streams: { items: { ...STREAM, numericKeys: true, update: UPDATE } } }).streams;
  const found = await items?.get(['7', '8', '007', '1e3', 'x', '', '9007199254740993'], context);
  expect([...(found?.keys() ?? [])]).toEqual(['7']);
  const writes = [
    { id: 'w1', op: 'update', key: '7', patch: {} } as const,
    { id: 'w2', op: 'update', key: 'x', patch: {} } as const,
  ];
  expect(await items?.push?.(writes, context)).toMatchObject([{ is: 'applied', key: '7' }, { is: 'missing' }]);
  expect(asked.map(({ variables }) => variables)).toEqual([
    { keys: [7, 8, '9007199254740993'] },
    { key_0: 7, patch_0: {} },
  ]);
});

test('the documents of large shops are taken as they are', () => {
  expect(service({ streams: { items: SHOP.stream(10) } })).not.toThrow();
});
