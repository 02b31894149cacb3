import { createContext } from '@datastores/sync-server/conformance';
import type { Stream, Write } from '@datastores/sync-server/connector';
import { type ODataOptions, odata } from '@datastores/sync-server/odata';
import { expect, test } from 'vitest';
import { drain, getOne, scanAll } from '../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import {
  applied,
  create,
  push,
  pushAll,
  samples,
  update,
} from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import { odataOptions, openODataPlace } from './odata-place.ts';

const DELTA = { changes: { by: 'delta' } } as const;

test('an update of a record that is gone makes no new one, as an upsert would', async () => {
  await using place = await openODataPlace({});
  const [key = ''] = await place.other.insert(samples('a', 1));
  await place.other.remove(key);
  expect(await push(place.stream, update('w1', key, { name: 'b' }))).toEqual({ is: 'missing' });
  expect(await place.other.count()).toBe(0);
});

test('a service that cuts long answers without a word makes no record seem gone', async () => {
  await using place = await openODataPlace({ habits: { cutsSilently: true, pageCap: 3 } });
  const keys = await place.other.insert(samples('a', 8));
  await place.other.remove(keys[5] ?? '');
  const found = await place.stream.get(keys, createContext());
  expect([...found.keys()].sort()).toEqual(keys.filter((_, at) => at !== 5));
  expect((await scanAll(place.stream, null)).length).toBe(7);
});

test('child lists come whole although the service sends them in parts, and without annotations', async () => {
  await using place = await openODataPlace({ habits: { childPage: 2 }, stream: { expand: ['Lines'] } });
  const Lines = [1, 2, 3, 4, 5].map((Pos) => ({ Pos }));
  const write = create('w1', 'n', 1);
  const { key, item } = applied(await push(place.stream, { ...write, data: { ...write.data, Lines } }));
  expect(item?.data.Lines).toEqual(Lines);
  expect((await getOne(place.stream, key)).data.Lines).toEqual(Lines);
  expect(Object.keys((await getOne(place.stream, key)).data).filter((name) => name.includes('@'))).toEqual([]);
});

test.each(['nextLink', 'deltaLink'])('a %s to another host is not followed', async (name) => {
  await using place = await openODataPlace({ stream: { ...DELTA, scan: 'links' } });
  const body = { value: [], [`@odata.${name}`]: 'http://127.0.0.1:1/odata/v4/Items?$skiptoken=1' };
  place.service.disturb({ method: 'GET', status: 200, body });
  await expect(drain(place.stream, null)).rejects.toMatchObject({ kind: 'shape' });
  const at = '//127.0.0.1:1/odata/v4/Items';
  await expect(drain(place.stream, { at, delta: true })).rejects.toMatchObject({ kind: 'shape' });
});

test('a delta link that the service forgot, and a damaged cursor, start a full comparison', async () => {
  await using place = await openODataPlace({ stream: DELTA });
  await place.other.insert(samples('a', 2));
  const { cursor } = await drain(place.stream, null);
  await place.other.insert(samples('b', 1));
  place.service.table.forgetLog();
  await expect(drain(place.stream, cursor)).rejects.toMatchObject({ kind: 'cursor-lost' });
  await expect(drain(place.stream, { at: 7 })).rejects.toMatchObject({ kind: 'cursor-lost' });
});

test('a set whose changes are not tracked is an error of the declaration', async () => {
  await using place = await openODataPlace({ stream: DELTA });
  place.service.disturb({ method: 'GET', status: 200, body: { value: [] } });
  await expect(drain(place.stream, null)).rejects.toThrow(/no delta link.*stamp/);
});

test('a delta that holds some properties alone empties nothing', async () => {
  await using place = await openODataPlace({ habits: { partialDelta: true }, stream: DELTA });
  const [key = ''] = await place.other.insert([{ name: 'a', quantity: 7 }]);
  const { cursor } = await drain(place.stream, null);
  await place.other.rename(key, 'b');
  expect((await drain(place.stream, cursor)).items).toEqual([{ op: 'put', ...(await getOne(place.stream, key)) }]);
});

test('records without a stamp are left to the scan, and one in the future holds nothing up', async () => {
  await using place = await openODataPlace({}, 2);
  const [first = '', second = ''] = await place.other.insert(samples('a', 4));
  place.service.table.restamp(Number(first), null);
  place.service.table.restamp(Number(second), '2999-01-01T00:00:00.0000000Z');
  const { items, cursor } = await drain(place.stream, null);
  expect(new Set(items.map(({ key }) => key))).toEqual(new Set(['2', '3', '4']));
  expect((await scanAll(place.stream, null)).map(({ key }) => key)).toEqual(['1', '2', '3', '4']);
  await place.other.insert(samples('b', 1));
  expect((await drain(place.stream, cursor)).items.map(({ data }) => data.name)).toContain('b1');
});

test('numbers that no JavaScript number holds come as text, also where the service does not know the option', async () => {
  await using place = await openODataPlace({ habits: { ignoresExact: true } });
  const [id = 0] = place.service.table.insert([
    { name: '1.00000000000000000001', price: '0.10000000000000000001', serial: '9007199254740993' },
  ]);
  expect((await getOne(place.stream, String(id))).data).toMatchObject({
    name: '1.00000000000000000001',
    price: '0.10000000000000000001',
    serial: '9007199254740993',
  });
});

test('null and absent are told apart in both directions', async () => {
  await using place = await openODataPlace({ stream: { select: ['name', 'day'] } });
  const { key } = applied(await push(place.stream, create('w1', 'n', 1)));
  const { item } = applied(await push(place.stream, update('w2', key, { name: null })));
  const { data } = await getOne(place.stream, key);
  expect(item?.data).toEqual(data);
  expect(data).toMatchObject({ name: null, day: null });
  expect('quantity' in data).toBe(false);
  expect(place.service.table.get(Number(key))?.quantity).toBe(1);
});

test('a refusal names the property and gives the reason, also from the details', async () => {
  await using place = await openODataPlace({});
  expect(await push(place.stream, create('w1', 'far too long for a name of twenty', 1))).toEqual({
    is: 'rejected',
    reason: 'name may have 20 characters',
    field: 'name',
  });
  const details = [{ message: 'The month is closed.', target: "/Items('1')/day" }];
  place.service.disturb({ method: 'POST', status: 422, body: { error: { message: 'Refused.', details } } });
  expect(await push(place.stream, create('w2', 'n', 1))).toEqual({
    is: 'rejected',
    reason: 'Refused. The month is closed.',
    field: 'day',
  });
});

const FAILURES: readonly (readonly [name: string, how: object, expected: object])[] = [
  ['401', { status: 401 }, { kind: 'auth' }],
  ['403', { status: 403 }, { kind: 'auth' }],
  ['429 with seconds', { status: 429, headers: { 'retry-after': '7' } }, { kind: 'throttled', afterMs: 7_000 }],
  ['503 with seconds', { status: 503, headers: { 'retry-after': '3' } }, { kind: 'throttled', afterMs: 3_000 }],
  ['503', { status: 503 }, { is: 'unknown' }],
  ['500', { status: 500 }, { is: 'unknown' }],
  ['a cut connection', {}, { is: 'unknown' }],
  ['a page of a proxy', { status: 200, body: '<html>' }, { is: 'unknown' }],
];

test.each(FAILURES)('a create answered by %s, alone and in a batch', async (_, how, expected) => {
  for (const batch of [false, {}] as const) {
    await using place = await openODataPlace({ service: { batch } });
    place.service.disturb({ method: 'POST', ...how });
    const result = await push(place.stream, create('w1', 'n', 1)).catch((thrown: unknown) => thrown);
    expect(result).toMatchObject(expected);
    expect(await place.other.count()).toBe(0);
  }
});

test('a service without JSON batches is named as such', async () => {
  await using place = await openODataPlace({ service: { batch: {} } });
  place.service.disturb({ method: 'POST', status: 415 });
  await expect(push(place.stream, create('w1', 'n', 1))).rejects.toThrow(/batch: false/);
});

test('of a batch whose answer is incomplete, what was not reached is repeated and what is missing is unknown', async () => {
  await using place = await openODataPlace({ service: { batch: {} } });
  const writes = ['w1', 'w2', 'w3'].map((id) => create(id, 'n', 1));
  const answer = (...responses: object[]) =>
    place.service.disturb({ method: 'POST', status: 200, body: { responses } });
  const refused = { status: 400, body: { error: { message: 'no' } } };
  answer({ id: '0', ...refused });
  expect((await pushAll(place.stream, writes)).map(({ is }) => is)).toEqual(['rejected', 'retry', 'retry']);
  answer({ id: '0', ...refused }, { id: '2', ...refused });
  expect((await pushAll(place.stream, writes)).map(({ is }) => is)).toEqual(['rejected', 'unknown', 'rejected']);
  answer({ id: '0' }, { id: '1', ...refused });
  expect((await pushAll(place.stream, writes)).map(({ is }) => is)).toEqual(['unknown', 'rejected', 'retry']);
});

test('one answer for a whole change set that was undone leaves nothing as made', async () => {
  await using place = await openODataPlace({ habits: { groupAnswers: true }, service: { batch: { changeSet: true } } });
  const writes = [create('w1', 'good', 1), create('w2', 'far too long for a name of twenty', 1)];
  expect((await pushAll(place.stream, writes)).map(({ is }) => is)).toEqual(['rejected', 'rejected']);
  expect(await place.other.count()).toBe(0);
});

test('the time of the first try goes with every repeat of a create', async () => {
  await using place = await openODataPlace({ habits: { repeatable: true } });
  let now = Date.parse('2026-03-01T10:00:00Z');
  const context = { ...createContext(), now: () => now };
  const write = { ...create('w1', 'once', 1), firstSentAt: now };
  place.service.disturb({ method: 'POST', worked: true });
  expect((await place.stream.push?.([write], context))?.[0]?.is).toBe('unknown');
  now += 3_600_000;
  expect((await place.stream.push?.([write], context))?.[0]?.is).toBe('applied');
  const sent = place.service.requests.filter(({ method }) => method === 'POST').map(({ headers }) => headers);
  expect(sent[0]?.['repeatability-request-id']).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  expect(sent[1]?.['repeatability-request-id']).toBe(sent[0]?.['repeatability-request-id']);
  expect(sent.map((headers) => headers['repeatability-first-sent'])).toEqual(
    Array(2).fill('Sun, 01 Mar 2026 10:00:00 GMT'),
  );
  expect(await place.other.count()).toBe(1);
});

test('without a reference a create whose answer is lost is nothing that find could speak of', async () => {
  await using place = await openODataPlace({ stream: { ref: undefined } });
  expect([place.stream.traits.creates, place.stream.find]).toEqual(['unsafe', undefined]);
});

test('access tokens are kept, and fetched anew when they were withdrawn', async () => {
  await using place = await openODataPlace({});
  const { service } = place;
  const auth = { tokenUrl: service.tokenUrl, clientId: 'datastores', clientSecret: service.secret };
  const stream = streamOf(odataOptions(service, { service: { auth } }));
  const [key = ''] = await place.other.insert(samples('a', 1));
  await getOne(stream, key);
  applied(await push(stream, create('w1', 'n', 1)));
  expect(service.handedOut.access).toBe(1);
  service.withdraw();
  await getOne(stream, key);
  expect(service.handedOut.access).toBe(2);
  const wrong = streamOf(odataOptions(service, { service: { auth: { ...auth, clientSecret: 'x' } } }));
  await expect(push(wrong, create('w2', 'n', 1))).rejects.toMatchObject({ kind: 'auth' });
});

test('a CSRF token is fetched once, and again when its session has ended', async () => {
  await using place = await openODataPlace({ habits: { csrf: true }, service: { csrf: true } });
  const { service } = place;
  applied(await push(place.stream, create('w1', 'n', 1)));
  applied(await push(place.stream, create('w2', 'n', 1)));
  expect(service.handedOut.csrf).toBe(1);
  service.withdraw();
  applied(await push(place.stream, create('w3', 'n', 1)));
  expect([service.handedOut.csrf, await place.other.count()]).toEqual([2, 3]);
});

test('a conflict over the current version is a refusal, since repeating it would never end', async () => {
  await using place = await openODataPlace({});
  const [key = ''] = await place.other.insert(samples('a', 1));
  const { version = '' } = await getOne(place.stream, key);
  place.service.disturb({ method: 'PATCH', status: 409, body: { error: { message: 'the month is closed' } } });
  const write: Write = { id: 'w1', op: 'update', key, patch: { name: 'b' }, ifVersion: version };
  expect(await push(place.stream, write)).toEqual({ is: 'rejected', reason: 'the month is closed' });
});

test('a scan in the order of the service is refused where that is no order of code points', async () => {
  await using place = await openODataPlace({ habits: { textKeys: true }, stream: { scan: 'ordinal' } });
  place.service.disturb({ method: 'GET', status: 200, body: { value: [{ ID: 'a' }, { ID: 'B' }] } });
  await expect(scanAll(place.stream, null)).rejects.toThrow(/sorts B behind a/);
});

test('a stream is what its filter lets through, in lists and point reads', async () => {
  await using place = await openODataPlace({ stream: { filter: 'quantity gt 1' } });
  const keys = await place.other.insert(samples('a', 4));
  const wanted = keys.slice(2);
  expect([...(await place.stream.get(keys, createContext())).keys()]).toEqual(wanted);
  expect((await scanAll(place.stream, null)).map(({ key }) => key)).toEqual(wanted);
  expect(new Set((await drain(place.stream, null)).items.map(({ key }) => key))).toEqual(new Set(wanted));
});

test('addresses of point reads stay within the limit', async () => {
  await using place = await openODataPlace({ habits: { textKeys: true }, service: { maxAddress: 300 } });
  const records = Array.from({ length: 12 }, (_, at) => ({ ID: `${'ключ'.repeat(4)}${at}`, name: `n${at}` }));
  place.service.table.insert(records);
  expect(
    (
      await place.stream.get(
        records.map(({ ID }) => ID),
        createContext(),
      )
    ).size,
  ).toBe(12);
  const longest = Math.max(...place.service.requests.map(({ path }) => `${place.service.url}${path}`.length));
  expect(longest).toBeLessThanOrEqual(300);
});

function streamOf(options: ODataOptions): Stream {
  const { items } = odata(options).streams;
  if (!items) throw new Error('The connector has no stream items.');
  return items;
}
