import type { Outcome, Stream } from '@datastores/sync-server/connector';
import { odoo } from '@datastores/sync-server/odoo';
import { describe, expect, test } from 'vitest';
import { testContext } from '../../../support/context.ts';
import { startOdoo } from '../../../support/odoo.ts';
import { type OdooSample, odooOptions, openItems } from './odoo-place.ts';

const JSON_2: OdooSample = { api: 'json-2', externalIds: false };
const FIELDS = ['name', 'quantity', 'active', 'price', 'released', 'seen', 'picture', 'parent_id', 'tag_ids'];

describe.each<OdooSample['api']>(['json-2', 'json-rpc'])('odoo over %s', (api) => {
  test.each([
    ['UserError', 'rejected'],
    ['ValidationError', 'rejected'],
    ['AccessError', 'rejected'],
    ['MissingError', 'missing'],
    ['LockError', 'retry'],
  ])('answers a write that %s refuses with %s', async (name, is) => {
    await using server = await startOdoo();
    const stream = openItems(server, { api, externalIds: false });
    server.disturb({ method: 'write', raise: [`odoo.exceptions.${name}`, 'Not so.'] });
    const [id] = server.models.call('x.item', 'create', { vals_list: [{ name: 'a' }] }) as number[];

    expect(await push(stream, { op: 'update', key: String(id), patch: { name: 'b' } })).toMatchObject({ is });
  });

  test('takes a transaction that the database gave up on as not made', async () => {
    await using server = await startOdoo();
    const stream = openItems(server, { api, externalIds: false });
    const raise = [
      'psycopg2.errors.SerializationFailure',
      'could not serialize access due to concurrent update',
    ] as const;
    server.disturb({ method: 'create', raise });

    expect(await push(stream, create('a'))).toMatchObject({ is: 'retry' });
    expect(server.models.rows('x.item')).toHaveLength(0);
  });

  test('waits as long as it is told, and takes an outage for one', async () => {
    await using server = await startOdoo();
    const stream = openItems(server, { api, externalIds: false });
    server.disturb({ method: 'create', status: 429, headers: { 'retry-after': '7' } });
    await expect(push(stream, create('a'))).rejects.toMatchObject({ kind: 'throttled', afterMs: 7_000 });

    server.disturb({ method: 'search_read', status: 502, body: '<html>Bad Gateway</html>' });
    await expect(stream.get(['1'], testContext())).rejects.toMatchObject({ kind: 'down' });

    server.disturb({ method: 'create', status: 503, body: '<html>Unavailable</html>' });
    expect(await push(stream, create('a'))).toMatchObject({ is: 'unknown' });
  });

  test('says that a wrong key is a matter of credentials, and a wrong model one of the declaration', async () => {
    await using server = await startOdoo();
    const options = odooOptions(server, { api, externalIds: false });
    const stranger = odoo({ ...options, apiKey: 'wrong' });
    await expect(stranger.check(testContext())).rejects.toMatchObject({ kind: 'auth' });

    const lost = odoo({ ...options, streams: { items: { model: 'x.unknown', fields: ['name'] } } });
    await expect(lost.streams.items?.get(['1'], testContext())).rejects.toMatchObject({ kind: 'shape' });
    const wrong = odoo({ ...options, streams: { items: { model: 'x.item', fields: ['nmae'] } } });
    await expect(wrong.streams.items?.get(['1'], testContext())).rejects.toThrow(/no field nmae/);
  });
});

test('odoo reads archived records, pairs, false for nothing and times of UTC', async () => {
  await using server = await startOdoo();
  const stream = openItems(server, JSON_2, FIELDS);
  const [tag = 0] = server.models.call('x.tag', 'create', { vals_list: [{ name: 'blue' }] }) as number[];
  const values = { active: false, seen: '2026-01-02 03:04:05', tag_ids: [[6, 0, [tag]]], price: 0 };
  const [parent, child] = server.models.call('x.item', 'create', { vals_list: [{ name: 'p' }, values] }) as number[];
  server.models.call('x.item', 'write', { ids: [child], vals: { parent_id: parent } });

  const items = await stream.get([String(child)], testContext());

  expect(items.get(String(child))?.data).toEqual({
    name: null,
    quantity: 0,
    active: false,
    price: 0,
    released: null,
    seen: '2026-01-02T03:04:05Z',
    picture: null,
    parent_id: String(parent),
    tag_ids: [String(tag)],
  });
});

test.each([false, true])('odoo keeps values of every kind (external ids: %s)', async (externalIds) => {
  await using server = await startOdoo();
  const stream = openItems(server, { api: 'json-2', externalIds }, FIELDS);
  const [tag, other] = server.models.call('x.tag', 'create', { vals_list: [{ name: 'a' }, { name: 'b' }] }) as number[];
  const [parent] = server.models.call('x.item', 'create', { vals_list: [{ name: 'p' }] }) as number[];
  const data = {
    name: 'all',
    quantity: -3,
    active: false,
    price: 12.5,
    released: '2026-02-28',
    seen: '2026-01-02T03:04:05Z',
    picture: 'AAEC',
    parent_id: String(parent),
    tag_ids: [String(tag), String(other)],
  };

  const outcome = await push(stream, { op: 'create', ref: 'r1', data });

  expect(outcome).toMatchObject({ is: 'applied', item: { data } });
});

test('a call that Odoo leaves unanswered is down when it reads and unknown when it writes', async () => {
  await using server = await startOdoo();
  const items = { model: 'x.item', fields: ['name'], ref: 'reference' };
  const stream = odoo({ ...odooOptions(server, JSON_2), timeoutMs: 200, streams: { items } }).streams.items as Stream;
  await stream.get(['1'], testContext());
  server.stall();

  expect(await push(stream, create('a'))).toMatchObject({ is: 'unknown' });
  await expect(stream.get(['1'], testContext())).rejects.toMatchObject({ kind: 'down' });
});

test('odoo replaces a list of children, and finds a record by a change of a child', async () => {
  await using server = await startOdoo();
  const options = odooOptions(server, JSON_2);
  const lists = { line_ids: ['text', 'amount'] };
  const stream = odoo({
    ...options,
    streams: { items: { model: 'x.item', fields: ['name'], lists, ref: 'reference' } },
  }).streams.items as Stream;
  const lines = [
    { text: 'one', amount: 1 },
    { text: 'two', amount: 2 },
  ];
  const made = await push(stream, { op: 'create', ref: 'r1', data: { name: 'order', line_ids: lines } });
  if (made.is !== 'applied') throw new Error(`not applied: ${made.is}`);
  const [first] = (made.item?.data.line_ids ?? []) as { id: string }[];

  const patch = {
    line_ids: [
      { id: String(first?.id), text: 'uno' },
      { text: 'three', amount: 3 },
    ],
  };
  const changed = await push(stream, { op: 'update', key: made.key, patch });

  const rows = changed.is === 'applied' ? changed.item?.data.line_ids : null;
  expect(rows).toMatchObject([
    { id: first?.id, text: 'uno', amount: 1 },
    { text: 'three', amount: 3 },
  ]);
  expect(server.models.rows('x.line')).toHaveLength(2);

  let cursor = null;
  for await (const page of stream.changes?.(null, testContext()) ?? []) cursor = page.cursor;
  server.models.call('x.line', 'write', { ids: [Number(first?.id)], vals: { text: 'eins' } });
  const texts: unknown[] = [];
  for await (const page of stream.changes?.(cursor, testContext()) ?? []) {
    for (const change of page.changes) if (change.op === 'put') texts.push(change.data.line_ids);
  }
  expect(JSON.stringify(texts)).toContain('eins');
});

test('odoo with external ids leaves alone what has become of a record that an earlier attempt made', async () => {
  await using server = await startOdoo();
  const stream = openItems(server, { api: 'json-2', externalIds: true });
  server.disturb({ method: 'load', worked: true });
  expect(await push(stream, create('once'))).toMatchObject({ is: 'unknown' });
  const [row] = server.models.rows('x.item');
  server.models.call('x.item', 'write', { ids: [row?.id], vals: { name: 'theirs' } });

  expect(await push(stream, create('once'))).toMatchObject({ is: 'applied', item: { data: { name: 'theirs' } } });
  expect(server.models.rows('x.item')).toHaveLength(1);
});

test('of a hundred creates with a bad one among them the others are made, in few calls', async () => {
  await using server = await startOdoo();
  const stream = openItems(server, JSON_2);
  const names = Array.from({ length: 100 }, (_, at) => (at === 41 ? 'forbidden' : `n${at}`));
  const writes = names.map((name, at) => ({ ...create(name), id: `w${at}`, ref: `r${at}` }));
  const outcomes = (await stream.push?.(writes, testContext())) ?? [];

  expect(outcomes.flatMap(({ is }, at) => (is === 'applied' ? [] : [[at, is]]))).toEqual([[41, 'rejected']]);
  expect(server.calls.filter((call) => call === 'x.item.create').length).toBeLessThan(20);
  const stored = outcomes.map((outcome) => (outcome.is === 'applied' ? outcome.item?.data.name : 'forbidden'));
  expect(stored).toEqual(names);
});

test('what fails as a whole in the middle leaves the rest to be repeated, and takes nothing back', async () => {
  await using server = await startOdoo();
  const stream = openItems(server, JSON_2);
  const key = String((server.models.call('x.item', 'create', { vals_list: [{ name: 'old' }] }) as number[])[0]);
  server.disturb({ method: 'write', status: 429, headers: { 'retry-after': '3' } });
  const writes = [
    { id: 'w1', ...create('new') },
    { id: 'w2', op: 'update', key, patch: { name: 'newer' } },
    { id: 'w3', op: 'delete', key },
  ] as const;
  const outcomes = (await stream.push?.(writes, testContext())) ?? [];

  expect(outcomes).toMatchObject([{ is: 'applied' }, { is: 'retry', afterMs: 3_000 }, { is: 'retry', afterMs: 3_000 }]);
  expect(server.models.rows('x.item').map(({ name }) => name)).toEqual(['old', 'new']);
});

test('odoo names entries that cannot be', () => {
  const url = 'https://odoo.example';
  const streams = { items: { model: 'x.item', fields: ['name'] } };
  expect(() => odoo({ url, api: 'json-rpc', apiKey: 'k', streams })).toThrow(
    /user: json-rpc needs the login.*database/,
  );
  expect(() => odoo({ url, api: 'json-2', user: 'u', apiKey: 'k', streams })).toThrow(/API key alone/);
  const marked = { items: { ...streams.items, ref: 'code' } };
  expect(() => odoo({ url, api: 'json-2', apiKey: 'k', externalIds: true, streams: marked })).toThrow(
    /streams.items.ref/,
  );
  expect(() => odoo({ url, api: 'json-2', apiKey: 'k', streams: {} })).toThrow(/declare at least one/);
});

function create(name: string) {
  return { op: 'create', ref: `ref-${name}`, data: { name } } as const;
}

async function push(stream: Stream, write: object): Promise<Outcome> {
  const [outcome] = (await stream.push?.([{ id: 'w1', ...write } as never], testContext())) ?? [];
  return outcome as Outcome;
}
