import { createContext } from '@datastores/sync-server/conformance';
import { type Page, SystemError } from '@datastores/sync-server/connector';
import { graphql } from '@datastores/sync-server/graphql';
import { expect, test } from 'vitest';
import { drain, getOne, scanAll } from '../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { samples } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import { DEPOT } from '../../../support/graphql-schema.ts';
import type { Disturbance } from '../../../support/graphql-service.ts';
import { graphqlOptions, LEDGER, openGraphqlPlace, PLAIN, SHOP } from './graphql-place.ts';

const ERROR = (code: string, more: object = {}) => ({ errors: [{ message: 'oh', extensions: { code }, ...more }] });

const READS: readonly (readonly [string, Omit<Disturbance, 'when'>, Partial<SystemError>])[] = [
  ['UNAUTHENTICATED with status 200', { status: 200, body: ERROR('UNAUTHENTICATED') }, { kind: 'auth' }],
  [
    'ACCESS_DENIED to a part',
    { status: 200, body: { data: { nodes: [null] }, ...ERROR('ACCESS_DENIED', { path: ['nodes', 0] }) } },
    { kind: 'auth' },
  ],
  ['401', { status: 401, body: '' }, { kind: 'auth' }],
  [
    '429 with seconds',
    { status: 429, headers: { 'retry-after': '7' }, body: '' },
    { kind: 'throttled', afterMs: 7_000 },
  ],
  ['THROTTLED without a cost', { status: 200, body: ERROR('THROTTLED') }, { kind: 'throttled' }],
  ['500', { status: 500, body: '' }, { kind: 'down' }],
  ['502 with HTML', { status: 502, body: '<html>' }, { kind: 'down' }],
  ['500 in GraphQL', { status: 500, body: { errors: [{ message: 'oh' }] } }, { kind: 'down' }],
  [
    'INTERNAL_SERVER_ERROR with status 200',
    { status: 200, body: { data: null, ...ERROR('INTERNAL_SERVER_ERROR') } },
    { kind: 'down' },
  ],
  [
    'an error that has no code',
    { status: 200, body: { data: { nodes: null }, errors: [{ message: 'oh', path: ['nodes'] }] } },
    { kind: 'down' },
  ],
  ['a document that is not valid', { status: 400, body: ERROR('GRAPHQL_VALIDATION_FAILED') }, { kind: 'shape' }],
  ['404', { status: 404, body: '' }, { kind: 'shape' }],
  ['HTML with status 200', { status: 200, body: '<html>' }, { kind: 'shape' }],
  ['JSON that is no GraphQL', { status: 200, body: { hello: 'world' } }, { kind: 'shape' }],
  ['neither data nor errors', { status: 200, body: {} }, { kind: 'shape' }],
  ['no list', { status: 200, body: { data: { nodes: null } } }, { kind: 'shape' }],
  ['a record without key', { status: 200, body: { data: { nodes: [{ name: 'x' }] } } }, { kind: 'shape' }],
  ['too much', { status: 200, body: { data: { nodes: ['x'.repeat(5_000)] } } }, { kind: 'shape' }],
  ['half an answer', { status: 200, body: '{"data":{"nodes":[', promises: 20 }, { kind: 'down' }],
  ['a cut connection', {}, { kind: 'down' }],
  ['a redirect to another host', { status: 307, headers: { location: 'http://127.0.0.1:1/x' } }, { kind: 'shape' }],
];

test.each(READS)(
  'a read answered by %s is an error of the system, and no record is taken for deleted',
  async (_, how, error) => {
    await using place = await openGraphqlPlace(SHOP, 10, { maxBytes: 4_000 });
    const [key = ''] = await place.other.insert(samples('a', 1));
    place.service.disturb({ when: /nodes/, ...how });
    const thrown: unknown = await place.stream.get([key], createContext()).catch((raised: unknown) => raised);
    expect(thrown).toBeInstanceOf(SystemError);
    expect(thrown).toMatchObject(error);
    expect((await place.stream.get([key], createContext())).has(key)).toBe(true);
  },
);

test.each([SHOP, PLAIN])(
  'records of which a field fails make no answer, neither to a list nor to a point read',
  async (sample) => {
    await using place = await openGraphqlPlace(sample, 10);
    const keys = await place.other.insert(samples('a', 3));
    place.service.failing.add(keys[1] ?? '');
    await expect(place.stream.get(keys, createContext())).rejects.toMatchObject({ kind: 'down' });
    await expect(drain(place.stream, null)).rejects.toMatchObject({
      kind: 'down',
      message: expect.stringContaining('stock'),
    });
    await expect(scanAll(place.stream, null)).rejects.toMatchObject({ kind: 'down' });
    place.service.failing.clear();
    expect((await place.stream.get(keys, createContext())).size).toBe(3);
  },
);

test('a node of another type is no record, and those beside it are read', async () => {
  await using place = await openGraphqlPlace(SHOP, 10);
  const [key = ''] = await place.other.insert(samples('a', 1));
  expect([...(await place.stream.get([DEPOT, key, 'nothing'], createContext())).keys()]).toEqual([key]);
});

test('of records that are read one by one those that are not there are absent, with the others beside them', async () => {
  await using place = await openGraphqlPlace(PLAIN, 10);
  const [one = '', two = '', three = ''] = await place.other.insert(samples('a', 3));
  await place.other.remove(two);
  const found = await place.stream.get([one, two, 'nothing', three], createContext());
  expect([...found.keys()]).toEqual([one, three]);
  expect(place.service.requests).toHaveLength(1);
});

test('one id that spoils a request does not hide the records beside it', async () => {
  await using place = await openGraphqlPlace(SHOP, 10);
  const keys = await place.other.insert(samples('a', 2));
  place.service.disturb({ when: /nodes/, status: 200, body: ERROR('BAD_USER_INPUT') });
  expect((await place.stream.get([...keys, 'odd'], createContext())).size).toBe(2);
  // Null over all: what was beside the missing one is not known.
  place.service.disturb({
    when: /nodes/,
    status: 200,
    body: { data: null, ...ERROR('NOT_FOUND', { path: ['nodes', 2] }) },
  });
  expect((await place.stream.get([...keys, 'odd'], createContext())).size).toBe(2);
});

test('a service that gives fewer records than were asked for is asked again for the others', async () => {
  const capped = {
    ...SHOP,
    stream: (size: number) => ({
      ...SHOP.stream(size),
      get: { query: 'query ($keys: [ID!]!) { found(ids: $keys) { ...Item } }', at: 'found' },
    }),
  };
  await using place = await openGraphqlPlace(capped, 10);
  const keys = await place.other.insert(samples('a', 20));
  await place.other.remove(keys[4] ?? '');
  const found = await place.stream.get(keys, createContext());
  expect([...found.keys()].sort()).toEqual(keys.filter((_, at) => at !== 4).sort());
});

test('numbers keep all their digits, keys among them', async () => {
  await using place = await openGraphqlPlace(SHOP, 10);
  const body = '{"data":{"nodes":[{"id":9007199254740993,"price":0.10000000000000000555,"weight":1.5}]}}';
  place.service.disturb({ when: /nodes/, status: 200, body });
  const { key, data } = await getOne(place.stream, '9007199254740993');
  expect([key, data]).toEqual(['9007199254740993', { id: key, price: '0.10000000000000000555', weight: 1.5 }]);
});

test('decimals stay the texts they are', async () => {
  await using place = await openGraphqlPlace(SHOP, 10);
  const node = { id: 'x', price: '10.10', weight: '0.1000000000000000055', deep: { tax: '19.0' } };
  place.service.disturb({ when: /nodes/, status: 200, body: { data: { nodes: [node] } } });
  expect((await getOne(place.stream, 'x')).data).toEqual(node);
});

test('a list that says there is more, and not where, is no list', async () => {
  await using place = await openGraphqlPlace(SHOP, 10);
  const body = { data: { items: { nodes: [], pageInfo: { hasNextPage: true, endCursor: null } } } };
  place.service.disturb({ when: /items/, status: 200, body });
  await expect(drain(place.stream, null)).rejects.toMatchObject({ kind: 'shape' });
});

test('a list that goes round is read no further', async () => {
  await using place = await openGraphqlPlace(SHOP, 10);
  const body = { data: { items: { nodes: [], pageInfo: { hasNextPage: true, endCursor: 'again' } } } };
  for (let at = 0; at < 5; at += 1) place.service.disturb({ when: /items/, status: 200, body });
  await expect(drain(place.stream, null)).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringContaining('does not go on'),
  });
});

test('a cursor that the service has forgotten costs a pass from its beginning, and loses nothing', async () => {
  await using place = await openGraphqlPlace(SHOP, 2);
  await place.other.insert(samples('a', 5));
  const pages = place.stream.changes?.(null, createContext())[Symbol.asyncIterator]();
  const first = (await pages?.next())?.value as Page;
  await pages?.return?.();
  expect(first.cursor).toMatchObject({ at: expect.any(String) });
  const { items } = await drain(place.stream, { ...(first.cursor as object), at: 'forgotten' });
  expect(new Set(items.map(({ key }) => key)).size).toBe(5);
});

test('a stamp in the future does not move the cursor past the clock of the service', async () => {
  await using place = await openGraphqlPlace(LEDGER, 10);
  const node = { id: 'x', updatedAt: '2999-01-01T00:00:00.000Z' };
  const body = { data: { items: { edges: [{ cursor: 'c', node }], pageInfo: { hasNextPage: false } } } };
  place.service.disturb({ when: /items/, status: 200, body });
  const { cursor } = await drain(place.stream, null);
  await place.other.insert(samples('a', 2));
  expect((await drain(place.stream, cursor)).items.map(({ data }) => data.name)).toEqual(['a1', 'a2']);
});

test('a keyset list stops at a record that has no stamp, and says which', async () => {
  await using place = await openGraphqlPlace(PLAIN, 2);
  const [key = ''] = await place.other.insert(samples('a', 1));
  place.service.items.restamp(1, null);
  await expect(drain(place.stream, null)).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringContaining(key),
  });
});

test('a scan that is not in the order of keys is refused, and sorted here where none is declared', async () => {
  const byTime = {
    ...PLAIN,
    stream: (size: number) => ({
      ...PLAIN.stream(size),
      scan: {
        query: 'query ($first: Int!, $key: ID) { changed(first: $first, behind: $key, since: "") { ...Item } }',
        at: 'changed',
      },
    }),
  };
  await using place = await openGraphqlPlace(byTime, 10);
  const keys = await place.other.insert(samples('a', 12));
  await expect(scanAll(place.stream, null)).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringContaining('leave scan out'),
  });
  const { scan: _, ...unsorted } = PLAIN.stream(5);
  const sorted = graphql(graphqlOptions(place.service, unsorted)).streams.items;
  expect((await scanAll(sorted ?? place.stream, null)).map(({ key }) => key)).toEqual([...keys].sort());
});

test('more records than a scan may hold are refused', async () => {
  await using place = await openGraphqlPlace(SHOP, 5, { maxScan: 8 });
  await place.other.insert(samples('a', 9));
  await expect(scanAll(place.stream, null)).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringContaining('maxScan'),
  });
});

test('a call that takes too long is given up', async () => {
  await using place = await openGraphqlPlace(SHOP, 10, { timeoutMs: 50 });
  const speak = place.service.silence();
  await expect(place.stream.get(['x'], createContext())).rejects.toMatchObject({ kind: 'down' });
  speak();
});
