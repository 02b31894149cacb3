import { createContext } from '@datastores/sync-server/conformance';
import type { Outcome, SystemError, Write } from '@datastores/sync-server/connector';
import { expect, test } from 'vitest';
import { getOne } from '../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import {
  add,
  applied,
  create,
  push,
  pushAll,
  samples,
  update,
} from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import type { Disturbance } from '../../../support/graphql-service.ts';
import { openGraphqlPlace, PLAIN, SHOP } from './graphql-place.ts';

const ERROR = (code: string, more: object = {}) => ({ errors: [{ message: 'oh', extensions: { code }, ...more }] });
const INSIDE = (code: string) => ({ data: { part0: null }, ...ERROR(code, { path: ['part0'] }) });

const WRITES: readonly (readonly [string, Omit<Disturbance, 'when'>, Partial<Outcome> | Partial<SystemError>])[] = [
  ['500', { status: 500, body: '' }, { is: 'unknown' }],
  ['503 without a time', { status: 503, body: '' }, { is: 'unknown' }],
  [
    '503 with a time',
    { status: 503, headers: { 'retry-after': '3' }, body: '' },
    { kind: 'throttled', afterMs: 3_000 },
  ],
  ['429', { status: 429, body: '' }, { kind: 'throttled' }],
  ['401', { status: 401, body: '' }, { kind: 'auth' }],
  ['a cut connection', {}, { is: 'unknown' }],
  ['half an answer', { status: 200, body: '{"data":{', promises: 20 }, { is: 'unknown' }],
  ['HTML with status 200', { status: 200, body: '<html>' }, { is: 'unknown' }],
  ['JSON that is no GraphQL', { status: 200, body: {} }, { is: 'unknown' }],
  ['UNAUTHENTICATED', { status: 200, body: ERROR('UNAUTHENTICATED') }, { kind: 'auth' }],
  ['THROTTLED', { status: 200, body: ERROR('THROTTLED') }, { kind: 'throttled' }],
  ['THROTTLED within', { status: 200, body: INSIDE('THROTTLED') }, { kind: 'throttled' }],
  [
    'a document that is not valid',
    { status: 400, body: { errors: [{ message: 'oh', locations: [] }] } },
    { kind: 'shape' },
  ],
  [
    'an error without place and code',
    { status: 200, body: { errors: [{ message: 'oh' }] } },
    { is: 'unknown', reason: 'oh' },
  ],
  [
    'INTERNAL_SERVER_ERROR',
    { status: 200, body: { data: null, ...ERROR('INTERNAL_SERVER_ERROR') } },
    { is: 'unknown' },
  ],
  ['an error within, whatever it means', { status: 200, body: INSIDE('ODD') }, { is: 'unknown', reason: 'oh' }],
  ['BAD_USER_INPUT', { status: 200, body: ERROR('BAD_USER_INPUT') }, { is: 'rejected', reason: 'oh' }],
  ['BAD_USER_INPUT within', { status: 200, body: INSIDE('BAD_USER_INPUT') }, { is: 'rejected', reason: 'oh' }],
  ['no word about it', { status: 200, body: { data: {} } }, { is: 'unknown' }],
  [
    'neither record nor reason',
    { status: 200, body: { data: { part0: { item: null, userErrors: [] } } } },
    { is: 'unknown' },
  ],
  ['a record without key', { status: 200, body: { data: { part0: { item: {}, userErrors: [] } } } }, { is: 'unknown' }],
  [
    'userErrors without field and message',
    { status: 200, body: { data: { part0: { item: null, userErrors: [{ code: 'ODD' }] } } } },
    { is: 'rejected', reason: 'ODD' },
  ],
  ['too high a cost', { status: 200, body: ERROR('MAX_COST_EXCEEDED') }, { is: 'rejected' }],
  ['a redirect to another host', { status: 307, headers: { location: 'http://127.0.0.1:1/x' } }, { kind: 'shape' }],
];

test.each(WRITES)('a create answered by %s', async (_, how, expected) => {
  await using place = await openGraphqlPlace(SHOP, 10);
  place.service.disturb({ when: /mutation/, ...how });
  const result = await push(place.stream, create('w1', 'n', 1)).catch((thrown: unknown) => thrown);
  expect(result).toMatchObject(expected);
  expect(await place.other.count()).toBe(0);
});

test('writes of all kinds go in one request, and each has its own outcome', async () => {
  await using place = await openGraphqlPlace(SHOP, 10);
  const [one = '', two = '', three = ''] = await place.other.insert(samples('a', 3));
  const stale = { ...update('w4', one, { name: 'x' }), ifVersion: '7' };
  const outcomes = await pushAll(place.stream, [
    create('w1', 'new', 5),
    update('w2', one, { name: 'far too long for a name of twenty' }),
    add('w3', two, 4),
    stale,
    { id: 'w5', op: 'delete', key: three },
    update('w6', 'nothing', { name: 'x' }),
    update('w7', one, { name: 'b' }),
  ]);
  expect(outcomes.map(({ is }) => is)).toEqual([
    'applied',
    'rejected',
    'applied',
    'conflict',
    'applied',
    'missing',
    'applied',
  ]);
  expect(outcomes[1]).toMatchObject({ field: 'name', reason: expect.stringContaining('20 characters') });
  expect(outcomes[3]).toMatchObject({ current: { key: one } });
  expect(place.service.requests.filter(({ query }) => query.startsWith('mutation'))).toHaveLength(1);
  expect((await getOne(place.stream, two)).data.quantity).toBe(5);
});

test('a value of the wrong type spoils the request, and only its own write', async () => {
  await using place = await openGraphqlPlace(SHOP, 10);
  const odd = { ...create('w2', 'odd', 1), data: { name: 'odd', quantity: 'many' } };
  const outcomes = await pushAll(place.stream, [create('w1', 'one', 1), odd, create('w3', 'three', 3)]);
  expect(outcomes.map(({ is }) => is)).toEqual(['applied', 'rejected', 'applied']);
  expect(outcomes[1]).toMatchObject({ field: 'quantity' });
  expect(place.service.items.list({ limit: 9, offset: 0 }).map(({ name }) => name)).toEqual(['one', 'three']);
});

test('a field that no variable takes is rejected instead of being lost', async () => {
  await using place = await openGraphqlPlace(SHOP, 10);
  const [key = ''] = await place.other.insert(samples('a', 1));
  const write: Write = { id: 'w1', op: 'add', key, amounts: { quantity: 1, weight: 2 } };
  expect(await push(place.stream, write)).toMatchObject({ is: 'rejected', field: 'weight' });
  expect((await getOne(place.stream, key)).data.quantity).toBe(0);
});

test('an error over one write whose neighbours have results leaves them applied', async () => {
  await using place = await openGraphqlPlace(PLAIN, 10);
  const outcomes = await pushAll(place.stream, [
    create('w1', 'one', 1),
    { id: 'w2', op: 'delete', key: 'nothing' },
    create('w3', 'three', 3),
  ]);
  expect(outcomes).toMatchObject([
    { is: 'applied', item: { data: { name: 'one' } } },
    { is: 'missing' },
    { is: 'applied' },
  ]);
});

test('where one error takes the whole answer away, only its own write is settled by it', async () => {
  await using place = await openGraphqlPlace(SHOP, 10);
  const body = { data: null, ...ERROR('BAD_USER_INPUT', { path: ['part1', 'item'] }) };
  place.service.disturb({ when: /mutation/, status: 200, body });
  const outcomes = await pushAll(place.stream, [create('w1', 'a', 1), create('w2', 'b', 2), create('w3', 'c', 3)]);
  expect(outcomes.map(({ is }) => is)).toEqual(['unknown', 'rejected', 'unknown']);
});

test('a write is applied although a field of its answer failed, and its record is not told half', async () => {
  await using place = await openGraphqlPlace(SHOP, 10);
  const [key = ''] = await place.other.insert(samples('a', 1));
  place.service.failing.add(key);
  const outcome = await push(place.stream, update('w1', key, { name: 'b' }));
  // The record is null for want of its quantity: whether it was changed the point read cannot tell either.
  expect(outcome.is).toBe('unknown');
  place.service.failing.clear();
  expect((await place.stream.find?.(update('w1', key, { name: 'b' }), createContext()))?.data.name).toBe('b');
});

test('without keys for repeats a create whose answer was lost is found by its reference', async () => {
  await using place = await openGraphqlPlace(PLAIN, 10);
  const write = create('w1', 'n', 1);
  place.service.disturb({ when: /itemCreate/, worked: true });
  expect((await push(place.stream, write)).is).toBe('unknown');
  const found = await place.stream.find?.(write, createContext());
  expect(found?.data.name).toBe('n');
  // Sent again all the same, it is refused there and recognised as ours.
  expect(applied(await push(place.stream, write)).key).toBe(found?.key);
  expect(await place.other.count()).toBe(1);
});

test('an add whose answer is lost is added once', async () => {
  await using place = await openGraphqlPlace(SHOP, 10);
  const [key = ''] = await place.other.insert([{ name: 'a', quantity: 5 }]);
  place.service.disturb({ when: /itemAdjust/, worked: true });
  expect((await push(place.stream, add('w1', key, 3))).is).toBe('unknown');
  expect(applied(await push(place.stream, add('w1', key, 3))).item?.data.quantity).toBe(8);
});

test('a conflict over the current version is a refusal, since repeating it would never end', async () => {
  await using place = await openGraphqlPlace(SHOP, 10);
  const [key = ''] = await place.other.insert(samples('a', 1));
  const { version = '' } = await getOne(place.stream, key);
  const userErrors = [{ code: 'STALE_OBJECT', message: 'the month is closed' }];
  place.service.disturb({ when: /itemUpdate/, status: 200, body: { data: { part0: { item: null, userErrors } } } });
  const outcome = await push(place.stream, { ...update('w1', key, { name: 'b' }), ifVersion: version });
  expect(outcome).toEqual({ is: 'rejected', reason: 'the month is closed' });
});

test('a write that the service does not answer in time is unknown', async () => {
  await using place = await openGraphqlPlace(SHOP, 10, { timeoutMs: 50 });
  const speak = place.service.silence();
  expect(await push(place.stream, create('w1', 'n', 1))).toMatchObject({ is: 'unknown' });
  speak();
});

test('a version that this connector never gave out is a conflict, and nothing is sent', async () => {
  await using place = await openGraphqlPlace(SHOP, 10);
  const [key = ''] = await place.other.insert(samples('a', 1));
  const write = { ...update('w1', key, { name: 'b' }), ifVersion: 'W/"3"' };
  expect(await push(place.stream, write)).toEqual({ is: 'conflict' });
  expect(place.service.requests).toEqual([]);
});

test('a deletion that the service does not confirm is judged by a point read', async () => {
  await using place = await openGraphqlPlace(SHOP, 10);
  const [key = ''] = await place.other.insert(samples('a', 1));
  const body = { data: { part0: { deletedId: null, userErrors: [] } } };
  place.service.disturb({ when: /itemDelete/, status: 200, body });
  expect((await push(place.stream, { id: 'w1', op: 'delete', key })).is).toBe('unknown');
  await place.other.remove(key);
  place.service.disturb({ when: /itemDelete/, status: 200, body });
  expect((await push(place.stream, { id: 'w2', op: 'delete', key })).is).toBe('missing');
});

test('a service that is throttled in the middle of a push leaves the rest to be repeated', async () => {
  await using place = await openGraphqlPlace(PLAIN, 10);
  const writes = Array.from({ length: 12 }, (_, at) => create(`w${at}`, `n${at}`, at));
  const throttled = { status: 429, headers: { 'retry-after': '2' }, body: '' };
  let sent = 0;
  const plain = createContext();
  const fetch: typeof globalThis.fetch = (input, init) => {
    if (String(init?.body).includes('itemCreate')) sent += 1;
    if (sent === 2) place.service.disturb({ when: /itemCreate/, ...throttled });
    return plain.fetch(input, init);
  };
  const outcomes = (await place.stream.push?.(writes, { ...plain, fetch })) ?? [];
  expect(outcomes.map(({ is }) => is)).toEqual([...Array(5).fill('applied'), ...Array(7).fill('retry')]);
  expect(outcomes[5]).toMatchObject({ afterMs: 2_000 });
});
