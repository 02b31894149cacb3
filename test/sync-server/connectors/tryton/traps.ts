import type { JsonValue } from '@datastores/core/schema';
import type { Outcome, Page, Stream } from '@datastores/sync-server/connector';
import { type TrytonOptions, tryton } from '@datastores/sync-server/tryton';
import { expect, test } from 'vitest';
import { testContext } from '../../../support/context.ts';
import type { TrytonServer } from '../../../support/tryton.ts';
import { trytonOptions } from './tryton-place.ts';

const KINDS = ['price', 'weight', 'released', 'seen', 'opens', 'lasts', 'picture', 'state', 'marks', 'parent', 'tags'];

/** What has gone wrong, or could, with a real Tryton. */
export function trapTests(server: () => TrytonServer): void {
  test('values of every kind come back as they were written', async () => {
    const stream = items(server(), { fields: ['name', 'active', ...KINDS] });
    const [parent = 0] = await server().call<number[]>('model.sample.item.create', [{ name: 'parent' }]);
    const [tag, other] = await server().call<number[]>('model.sample.tag.create', [{ name: 'a' }, { name: 'b' }]);
    const data = {
      name: 'all',
      active: false,
      price: '1234567890123456.123456',
      weight: 0.1,
      released: '2024-02-29',
      seen: '2026-01-02T03:04:05.000006Z',
      opens: '07:30:00',
      lasts: 5400.5,
      picture: Buffer.alloc(300, 7).toString('base64'),
      state: 'draft',
      marks: ['a', 'b'],
      parent: String(parent),
      tags: [String(tag)],
    };
    const made = applied(await push(stream, { op: 'create', ref: 'kinds', data }));
    expect(made.item?.data).toEqual(data);

    const patch = { price: 0.1, seen: '2026-01-02T03:04:05+02:00', tags: [String(other)], picture: null, lasts: null };
    const changed = applied(await push(stream, { op: 'update', key: made.key, patch }));
    expect(changed.item?.data).toEqual({ ...data, ...patch, seen: '2026-01-02T01:04:05Z' });
  });

  test.each<[field: string, value: JsonValue, wanted: string]>([
    ['released', '2026-13-01', 'must be a date'],
    ['seen', 'yesterday', 'must be a time'],
    ['price', '1,5', 'must be a number'],
    ['parent', 'nobody', 'must be the key of a record'],
    ['tags', 'x', 'must be a list of keys'],
    ['picture', 'no base64', 'must be bytes'],
  ])('a value that does not fit %s is rejected before it is sent', async (field, value, wanted) => {
    const outcome = await push(items(server(), { fields: [field] }), {
      op: 'create',
      ref: 'r',
      data: { [field]: value },
    });

    expect(outcome).toMatchObject({ is: 'rejected', field });
    expect(JSON.stringify(outcome)).toContain(wanted);
  });

  test('rules of Tryton name the field where their message does', async () => {
    const stream = items(server(), { fields: ['name', 'price', 'state', 'reference'] });
    const refused = async (data: Record<string, JsonValue>) => push(stream, { op: 'create', ref: 'rules', data });

    expect(await refused({ name: 'forbidden' })).toMatchObject({
      is: 'rejected',
      reason: expect.stringMatching(/leave/),
    });
    expect(await refused({ price: '0.12345678' })).toMatchObject({ is: 'rejected', field: 'price' });
    expect(await refused({ state: 'lost' })).toMatchObject({ is: 'rejected', field: 'state' });
  });

  test('a unique field that another record has is rejected, and is no earlier attempt of ours', async () => {
    const stream = items(server(), { fields: ['name', 'reference'], ref: undefined });
    applied(await push(stream, { op: 'create', ref: 'r', data: { reference: 'taken' } }));

    const twin = await push(stream, { op: 'create', ref: 'r', data: { reference: 'taken' } });

    expect(twin).toMatchObject({ is: 'rejected', field: 'reference' });
  });

  test('a create whose reference is there already is what an earlier attempt made', async () => {
    const stream = items(server());
    const first = applied(await push(stream, { op: 'create', ref: 'again', data: { name: 'once' } }));

    const second = applied(await push(stream, { op: 'create', ref: 'again', data: { name: 'once' } }));

    expect(second.key).toBe(first.key);
  });

  test('a warning is rejected with its text, or confirmed where that is allowed', async () => {
    const write = { op: 'create', ref: 'doubt', data: { name: 'doubtful' } } as const;
    expect(await push(items(server()), write)).toMatchObject({
      is: 'rejected',
      reason: expect.stringMatching(/doubtful/),
    });

    const accepting = items(server(), {}, { warnings: 'accept' });
    const key = applied(await push(accepting, { ...write, data: { name: 'sure' } })).key;
    applied(await push(accepting, { op: 'update', key, patch: { name: 'doubtful' } }));
  });

  test('a deactivated record is read, scanned, and told by its change', async () => {
    const stream = items(server(), { fields: ['name', 'active'] });
    const { key } = applied(await push(stream, { op: 'create', ref: 'sleeper', data: { name: 'sleeper' } }));
    const { cursor } = await changesOf(stream, null);
    await server().call('model.sample.item.write', [Number(key)], { active: false });

    expect((await stream.get([key], testContext())).get(key)?.data.active).toBe(false);
    expect((await changesOf(stream, cursor)).data).toContainEqual({ name: 'sleeper', active: false });
    const scanned: string[] = [];
    for await (const page of stream.scan?.(null, testContext()) ?? [])
      scanned.push(...page.changes.map((one) => one.key));
    expect(scanned).toContain(key);
  });

  test('children are a list of their record, replaced as a whole, and their changes are changes of it', async () => {
    const stream = items(server(), { fields: ['name'], lists: { lines: ['text', 'amount'] } });
    const lines = [
      { text: 'one', amount: 1.25 },
      { text: 'two', amount: 2 },
    ];
    const made = applied(await push(stream, { op: 'create', ref: 'order', data: { name: 'order', lines } }));
    const [first] = (made.item?.data.lines ?? []) as { id: string }[];
    const patch = {
      lines: [
        { id: String(first?.id), text: 'uno' },
        { text: 'three', amount: 3 },
      ],
    };
    const changed = applied(await push(stream, { op: 'update', key: made.key, patch }));
    expect(changed.item?.data.lines).toMatchObject([
      { id: first?.id, text: 'uno', amount: 1.25 },
      { text: 'three', amount: 3 },
    ]);

    const { cursor } = await changesOf(stream, null);
    await server().call('model.sample.line.write', [Number(first?.id)], { text: 'eins' });
    expect(JSON.stringify((await changesOf(stream, cursor)).data)).toContain('eins');
  });

  test('a stale version of one record in a batch conflicts alone', async () => {
    const stream = items(server());
    const keys: string[] = [];
    for (const ref of ['g1', 'g2', 'g3']) {
      keys.push(applied(await push(stream, { op: 'create', ref, data: { name: ref } })).key);
    }
    const before = await stream.get(keys, testContext());
    await server().call('model.sample.item.write', [Number(keys[1])], { name: 'theirs' });

    const writes = keys.map((key, at) => ({
      id: `w${at}`,
      op: 'update' as const,
      key,
      patch: { name: 'ours' },
      ifVersion: String(before.get(key)?.version),
    }));
    const outcomes = await stream.push?.(writes, testContext());

    expect(outcomes?.map(({ is }) => is)).toEqual(['applied', 'conflict', 'applied']);
    expect(outcomes?.[1]).toMatchObject({ current: { data: { name: 'theirs' } } });
  });

  test('a session that has ended is opened anew, and a wrong password is a matter of credentials', async () => {
    const stream = items(server());
    const { key } = applied(await push(stream, { op: 'create', ref: 'session', data: { name: 'kept' } }));
    const database = await server().client();
    await database.query('delete from ir_session');
    await database.end();
    expect((await stream.get([key], testContext())).size).toBe(1);
    await server().signIn();

    const stranger = tryton({ ...trytonOptions(server()), password: 'wrong' });
    await expect(stranger.check(testContext())).rejects.toMatchObject({ kind: 'auth' });
    const lost = tryton({ ...trytonOptions(server()), database: 'nowhere' });
    await expect(lost.check(testContext())).rejects.toMatchObject({
      kind: 'down',
      message: expect.stringMatching(/nowhere/),
    });
  });

  test('parties of the real module are kept with their addresses, in the order of their codes', async () => {
    const options = trytonOptions(server());
    const party = { model: 'party.party', fields: ['name', 'code', 'lang'], lists: { addresses: ['street', 'city'] } };
    const stream = tryton({ ...options, streams: { items: { ...party, ref: 'code' } } }).streams.items as Stream;
    const data = { name: 'Ada', addresses: [{ street: '1 Long Street', city: 'Ghent' }] };
    const made = applied(await push(stream, { op: 'create', ref: 'C-1', data }));

    expect(made.item?.data).toMatchObject({ name: 'Ada', code: 'C-1', addresses: [{ city: 'Ghent' }] });
    expect(await push(stream, { op: 'create', ref: 'C-2', data: { name: 'B', code: 'C-2' } })).toMatchObject({
      is: 'applied',
    });
    expect((await stream.find?.({ id: 'w1', op: 'create', ref: 'C-1', data: {} }, testContext()))?.key).toBe(made.key);
    const none = await push(stream, { op: 'update', key: made.key, patch: { lang: '999999' } });
    expect(none).toMatchObject({ is: 'rejected', field: 'lang' });
  });
}

type Declared = Partial<TrytonOptions['streams'][string]>;

function items(server: TrytonServer, of: Declared = {}, options: Partial<TrytonOptions> = {}): Stream {
  const declared = { model: 'sample.item', fields: ['name', 'quantity'], ref: 'reference', ...of };
  return tryton({ ...trytonOptions(server), ...options, streams: { items: declared } }).streams.items as Stream;
}

async function push(stream: Stream, write: object): Promise<Outcome> {
  const [outcome] = (await stream.push?.([{ id: 'w1', ...write } as never], testContext())) ?? [];
  return outcome as Outcome;
}

function applied(outcome: Outcome): Extract<Outcome, { is: 'applied' }> {
  if (outcome.is === 'applied') return outcome;
  throw new Error(`Not applied: ${JSON.stringify(outcome)}`);
}

async function changesOf(stream: Stream, from: JsonValue): Promise<{ data: unknown[]; cursor: JsonValue }> {
  const data: unknown[] = [];
  let cursor = from;
  for await (const page of stream.changes?.(from, testContext()) ?? ([] as Page[])) {
    for (const change of page.changes) if (change.op === 'put') data.push(change.data);
    cursor = page.cursor;
  }
  return { data, cursor };
}
