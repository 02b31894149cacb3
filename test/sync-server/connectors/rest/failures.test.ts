import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createContext } from '@datastores/sync-server/conformance';
import { type Outcome, type Page, SystemError, type Write } from '@datastores/sync-server/connector';
import { rest } from '@datastores/sync-server/rest';
import { expect, test } from 'vitest';
import { drain, getOne, scanAll } from '../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { applied, create, push, samples } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import type { Disturbance } from '../../../support/rest-service.ts';
import { openRestPlace, type RestSample, restOptions } from './rest-place.ts';

const SAMPLE: RestSample = {
  page: { style: 'keyset', param: 'after' },
  guard: 'etag',
  update: 'PATCH',
  tombstones: true,
  idempotent: true,
};

const READS: readonly (readonly [string, Omit<Disturbance, 'method'>, Partial<SystemError>])[] = [
  ['401', { status: 401 }, { kind: 'auth' }],
  ['403', { status: 403 }, { kind: 'auth' }],
  ['429 with seconds', { status: 429, headers: { 'retry-after': '7' } }, { kind: 'throttled', afterMs: 7_000 }],
  [
    '503 with a past date',
    { status: 503, headers: { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' } },
    { kind: 'throttled', afterMs: 0 },
  ],
  ['500', { status: 500 }, { kind: 'down' }],
  ['502 with HTML', { status: 502, body: '<html>' }, { kind: 'down' }],
  ['400', { status: 400 }, { kind: 'shape' }],
  ['HTML', { status: 200, body: '<html>' }, { kind: 'shape' }],
  ['a record without key', { status: 200, body: '{"name":"x"}' }, { kind: 'shape' }],
  ['a list instead of a record', { status: 200, body: '[]' }, { kind: 'shape' }],
  ['an empty answer', { status: 200 }, { kind: 'shape' }],
  ['too much', { status: 200, body: `"${'x'.repeat(5_000)}"` }, { kind: 'shape' }],
  ['a cut connection', {}, { kind: 'down' }],
  ['a redirect to another host', { status: 302, headers: { location: 'http://127.0.0.1:1/x' } }, { kind: 'shape' }],
];

test.each(READS)(
  'a read answered by %s is an error of the system, and no record is taken for deleted',
  async (_, how, error) => {
    await using place = await openRestPlace(SAMPLE, 10);
    const small = rest({ ...restOptions(place.service, SAMPLE, 10), maxBytes: 4_000 }).streams.items ?? place.stream;
    const [key = ''] = await place.other.insert(samples('a', 1));
    place.service.disturb({ method: 'GET', ...how });
    const thrown: unknown = await small.get([key], createContext()).catch((raised: unknown) => raised);
    expect(thrown).toBeInstanceOf(SystemError);
    expect(thrown).toMatchObject(error);
    expect((await small.get([key], createContext())).has(key)).toBe(true);
  },
);

const WRITES: readonly (readonly [string, Omit<Disturbance, 'method'>, Partial<Outcome> | Partial<SystemError>])[] = [
  ['500', { status: 500 }, { is: 'unknown' }],
  ['504', { status: 504 }, { is: 'unknown' }],
  ['503 without a time', { status: 503 }, { is: 'unknown' }],
  ['503 with a time', { status: 503, headers: { 'retry-after': '3' } }, { kind: 'throttled', afterMs: 3_000 }],
  ['429', { status: 429 }, { kind: 'throttled' }],
  ['401', { status: 401 }, { kind: 'auth' }],
  ['a cut connection', {}, { is: 'unknown' }],
  ['400 with problem details', { status: 400, body: '{"detail":"no"}' }, { is: 'rejected', reason: 'no' }],
  [
    '422 with errors by field',
    { status: 422, body: '{"errors":{"name":["is odd"]}}' },
    { is: 'rejected', field: 'name', reason: 'name: is odd' },
  ],
  [
    '422 with a pointer',
    { status: 422, body: '{"errors":[{"detail":"odd","pointer":"/name"}]}' },
    { is: 'rejected', field: 'name', reason: 'odd' },
  ],
  ['a redirect to another host', { status: 307, headers: { location: 'http://127.0.0.1:1/x' } }, { kind: 'shape' }],
];

test.each(WRITES)('a create answered by %s', async (_, how, expected) => {
  await using place = await openRestPlace(SAMPLE, 10);
  place.service.disturb({ method: 'POST', ...how });
  const result = await push(place.stream, create('w1', 'n', 1)).catch((thrown: unknown) => thrown);
  expect(result).toMatchObject(expected);
  expect(await place.other.count()).toBe(0);
});

test('a create whose answer is lost is unknown, is found, and is not made twice', async () => {
  await using place = await openRestPlace(SAMPLE, 10);
  place.service.disturb({ method: 'POST', worked: true });
  const write = create('w1', 'n', 1);
  expect((await push(place.stream, write)).is).toBe('unknown');
  const found = await place.stream.find?.(write, createContext());
  expect(found?.data.name).toBe('n');
  expect(applied(await push(place.stream, write)).key).toBe(found?.key);
  expect(await place.other.count()).toBe(1);
});

test('a create that was made is applied although its answer cannot be read', async () => {
  await using place = await openRestPlace(SAMPLE, 10);
  place.service.disturb({
    method: 'POST',
    worked: true,
    status: 201,
    headers: { location: '/api/items/1' },
    body: '<html>',
  });
  const { key, item } = applied(await push(place.stream, create('w1', 'n', 1)));
  expect(item).toEqual(await getOne(place.stream, key));
});

test('without idempotency keys a create that is there already is answered by its reference', async () => {
  await using place = await openRestPlace({ ...SAMPLE, idempotent: false }, 10);
  const write = create('w1', 'n', 1);
  const { key } = applied(await push(place.stream, write));
  expect(applied(await push(place.stream, write)).key).toBe(key);
  place.service.disturb({ method: 'POST', status: 409, body: '{"message":"name is taken"}' });
  expect(await push(place.stream, create('w2', 'n', 1))).toEqual({ is: 'rejected', reason: 'name is taken' });
});

test('an add whose answer is lost is added once', async () => {
  await using place = await openRestPlace(SAMPLE, 10);
  const [key = ''] = await place.other.insert([{ name: 'a', quantity: 5 }]);
  place.service.disturb({ method: 'POST', worked: true });
  const write: Write = { id: 'w1', op: 'add', key, amounts: { quantity: 3 } };
  expect((await push(place.stream, write)).is).toBe('unknown');
  expect(applied(await push(place.stream, write)).item?.data.quantity).toBe(8);
});

test('a conflict over the current version is a refusal, since repeating it would never end', async () => {
  await using place = await openRestPlace(SAMPLE, 10);
  const [key = ''] = await place.other.insert(samples('a', 1));
  const { version = '' } = await getOne(place.stream, key);
  place.service.disturb({ method: 'PATCH', status: 409, body: '{"message":"the month is closed"}' });
  const write: Write = { id: 'w1', op: 'update', key, patch: { name: 'b' }, ifVersion: version };
  expect(await push(place.stream, write)).toEqual({ is: 'rejected', reason: 'the month is closed' });
});

test('a service that throttles in the middle of a push leaves the rest to be repeated after the time it asks for', async () => {
  await using place = await openRestPlace(SAMPLE, 10);
  const [key = ''] = await place.other.insert(samples('a', 1));
  place.service.disturb({ method: 'DELETE', status: 429, headers: { 'retry-after': '2' } });
  const outcomes = await place.stream.push?.(
    [create('w1', 'n', 1), { id: 'w2', op: 'delete', key }, create('w3', 'm', 1)],
    createContext(),
  );
  expect(outcomes?.map(({ is }) => is)).toEqual(['applied', 'retry', 'retry']);
  expect(outcomes?.[1]).toMatchObject({ afterMs: 2_000 });
});

test('a redirect on the same host is followed', async () => {
  await using place = await openRestPlace(SAMPLE, 10);
  const [key = ''] = await place.other.insert(samples('a', 1));
  place.service.disturb({ method: 'GET', status: 307, headers: { location: `/api/items/${key}` } });
  expect((await getOne(place.stream, key)).data.name).toBe('a1');
});

test('credentials are not sent to a host that a link names', async () => {
  await using place = await openRestPlace({ ...SAMPLE, page: { style: 'link' } }, 10);
  const asked: unknown[] = [];
  const stranger = createServer((request, response) => {
    asked.push(request.headers);
    response.end('{"data":{"items":[]}}');
  });
  await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
  const { port } = stranger.address() as AddressInfo;
  const link = `<http://127.0.0.1:${port}/items>; rel="next"`;
  place.service.disturb({ method: 'GET', status: 200, headers: { link }, body: '{"data":{"items":[{"id":1}]}}' });
  await expect(scanAll(place.stream, null)).rejects.toMatchObject({ kind: 'shape' });
  expect(asked).toEqual([]);
  await new Promise((resolve) => stranger.close(resolve));
});

test('a cursor of linked pages goes on when the service is reached under another name', async () => {
  const sample: RestSample = { ...SAMPLE, page: { style: 'link' } };
  await using place = await openRestPlace(sample, 2);
  await place.other.insert(samples('a', 6));
  const pages = place.stream.changes?.(null, createContext())[Symbol.asyncIterator]();
  const first = (await pages?.next())?.value as Page;
  await pages?.return?.();
  const moved = restOptions(place.service, sample, 2);
  const elsewhere = rest({ ...moved, baseUrl: moved.baseUrl.replace('127.0.0.1', 'localhost') }).streams.items;
  const others = await drain(elsewhere ?? place.stream, first.cursor);
  expect(first.changes.length + others.items.length).toBeGreaterThanOrEqual(6);
});

test('a stamp in the future does not move the cursor past the clock of the service', async () => {
  await using place = await openRestPlace(SAMPLE, 10);
  const body = JSON.stringify({ data: { items: [{ id: 900, updated_at: '2999-01-01T00:00:00.000Z' }] } });
  place.service.disturb({ method: 'GET', status: 200, body });
  const { cursor } = await drain(place.stream, null);
  await place.other.insert(samples('a', 2));
  expect((await drain(place.stream, cursor)).items.map(({ data }) => data.name)).toEqual(['a1', 'a2']);
});

test('a damaged cursor and one the service forgot start a full comparison', async () => {
  await using place = await openRestPlace({ ...SAMPLE, page: { style: 'cursor', param: 'cursor', nextAt: 'next' } }, 2);
  await place.other.insert(samples('a', 4));
  await expect(drain(place.stream, { page: 7 })).rejects.toMatchObject({ kind: 'cursor-lost' });
  const pages = place.stream.changes?.(null, createContext())[Symbol.asyncIterator]();
  const first = await pages?.next();
  place.service.disturb({ method: 'GET', status: 410 });
  await expect(drain(place.stream, first?.value.cursor)).rejects.toMatchObject({ kind: 'cursor-lost' });
});

test('a call that takes too long is given up, and a write then has an unknown outcome', async () => {
  await using place = await openRestPlace(SAMPLE, 10);
  const hasty = rest({ ...restOptions(place.service, SAMPLE, 10), timeoutMs: 50 }).streams.items;
  const slow = { ...createContext(), fetch: slowFetch };
  await expect(hasty?.get(['1'], slow)).rejects.toMatchObject({ kind: 'down' });
  expect(await hasty?.push?.([create('w1', 'n', 1)], slow)).toMatchObject([{ is: 'unknown' }]);
});

/** An answer that comes after a second, unless the caller gives up. */
const slowFetch: typeof globalThis.fetch = (_input, init) =>
  new Promise((resolve, reject) => {
    const answer = setTimeout(() => resolve(new Response('{}')), 1_000);
    init?.signal?.addEventListener('abort', () => {
      clearTimeout(answer);
      reject(init.signal?.reason);
    });
  });
