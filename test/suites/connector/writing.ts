import type { Outcome, Stream, Write } from '@datastores/sync-server/connector';
import { expect, test } from 'vitest';
import { type ConnectorSubject, createContext, getOne, samples } from './place.ts';

/** What `push` and `find` must do. */
export function writingTests(subject: ConnectorSubject): void {
  test('the item that a write returns is the record as get reads it', async () => {
    await using place = await subject.open(10);
    const created = applied(await push(place.stream, create('w1', 'new', 5)));
    expect(created.item?.data).toMatchObject({ name: 'new', quantity: 5 });
    expect(created.item).toEqual(await getOne(place.stream, created.key));
    const updated = applied(await push(place.stream, update('w2', created.key, { name: null })));
    expect(updated.item?.data).toMatchObject({ name: null, quantity: 5 });
    expect(updated.item).toEqual(await getOne(place.stream, created.key));
  });

  testIf(subject.traits.guarded)('an update guarded by an old version conflicts and changes nothing', async () => {
    await using place = await subject.open(10);
    const [key = ''] = await place.other.insert(samples('a', 1));
    const { version } = await getOne(place.stream, key);
    await place.other.rename(key, 'theirs');
    const guard = version === undefined ? {} : { ifVersion: version };
    const outcome = await push(place.stream, { ...update('w1', key, { name: 'ours' }), ...guard });
    expect(outcome.is).toBe('conflict');
    const current = await getOne(place.stream, key);
    expect(current.data.name).toBe('theirs');
    const again = { ...update('w2', key, { name: 'ours' }), ...(current.version && { ifVersion: current.version }) };
    expect(applied(await push(place.stream, again)).item?.data.name).toBe('ours');
  });

  testIf(subject.traits.guarded)('a delete guarded by an old version conflicts and deletes nothing', async () => {
    await using place = await subject.open(10);
    const [key = ''] = await place.other.insert(samples('a', 1));
    const { version } = await getOne(place.stream, key);
    await place.other.rename(key, 'theirs');
    const guard = version === undefined ? {} : { ifVersion: version };
    expect((await push(place.stream, { id: 'w1', op: 'delete', key, ...guard })).is).toBe('conflict');
    expect(await place.other.count()).toBe(1);
  });

  testIf(subject.traits.creates === 'idempotent')('a create repeated under its write id makes one record', async () => {
    await using place = await subject.open(10);
    const write = create('w1', 'once', 1);
    const first = applied(await push(place.stream, write));
    const [again, elsewhere] = await Promise.all([push(place.stream, write), push(place.second, write)]);
    expect([applied(again).key, applied(elsewhere).key]).toEqual([first.key, first.key]);
    expect(await place.other.count()).toBe(1);
  });

  testIf(subject.traits.creates === 'idempotent')('a create sent by two servers at once makes one record', async () => {
    await using place = await subject.open(10);
    const writes = Array.from({ length: 6 }, (_, at) => create(`w${at}`, `n${at}`, at));
    const [ours, theirs] = await Promise.all([pushAll(place.stream, writes), pushAll(place.second, writes)]);
    expect(ours.map((outcome) => applied(outcome).key)).toEqual(theirs.map((outcome) => applied(outcome).key));
    expect(await place.other.count()).toBe(6);
  });

  testIf(subject.traits.creates !== 'unsafe')('find tells whether a create landed', async () => {
    await using place = await subject.open(10);
    const write = create('w1', 'found', 1);
    expect(await place.stream.find?.(write, createContext())).toBeNull();
    const { key } = applied(await push(place.stream, write));
    expect(await place.stream.find?.(write, createContext())).toEqual(await getOne(place.stream, key));
    expect(await place.second.find?.(write, createContext())).toMatchObject({ key });
    expect(await place.stream.find?.(create('w2', 'found', 1), createContext())).toBeNull();
  });

  test('find tells whether a delete landed', async () => {
    await using place = await subject.open(10);
    const [key = ''] = await place.other.insert(samples('a', 1));
    const write: Write = { id: 'w1', op: 'delete', key };
    expect(await place.stream.find?.(write, createContext())).toBeNull();
    await push(place.stream, write);
    expect(await place.stream.find?.(write, createContext())).toMatchObject({ key });
  });

  testIf(subject.traits.adds)('adds are differences: with others adding at the same time nothing is lost', async () => {
    await using place = await subject.open(10);
    const [key = ''] = await place.other.insert([{ name: 'counted', quantity: 100 }]);
    const ours = Array.from({ length: 20 }, (_, at) => add(`w${at}`, key, 1));
    const theirs = async () => {
      for (let moved = 0; moved < 20; moved += 1) await place.other.move(key, -3);
    };
    const results = await Promise.all([
      pushAll(place.stream, ours.slice(0, 10)),
      pushAll(place.second, ours.slice(10)),
      theirs(),
    ]);
    for (const outcome of [...results[0], ...results[1]]) expect(outcome.is).toBe('applied');
    expect((await getOne(place.stream, key)).data.quantity).toBe(100 + 20 - 60);
  });

  testIf(subject.traits.adds)('an add repeated under its write id is added once, and sets its patch', async () => {
    await using place = await subject.open(10);
    const [key = ''] = await place.other.insert([{ name: 'counted', quantity: 10 }]);
    const write: Write = { ...add('w1', key, -4), patch: { name: 'sold' } };
    const first = applied(await push(place.stream, write));
    expect(first.item).toEqual(await getOne(place.stream, key));
    expect(applied(await push(place.stream, write)).key).toBe(key);
    expect((await getOne(place.stream, key)).data).toMatchObject({ name: 'sold', quantity: 6 });
  });

  test('a deleted record is gone, and what is not there is missing', async () => {
    await using place = await subject.open(10);
    const [key = '', other = ''] = await place.other.insert(samples('a', 2));
    expect(applied(await push(place.stream, { id: 'w1', op: 'delete', key })).key).toBe(key);
    expect([...(await place.stream.get([key, other], createContext())).keys()]).toEqual([other]);
    expect(await push(place.stream, { id: 'w2', op: 'delete', key })).toEqual({ is: 'missing' });
    expect(await push(place.stream, update('w3', key, { name: 'x' }))).toEqual({ is: 'missing' });
    expect(await push(place.stream, update('w4', 'no such key', { name: 'x' }))).toEqual({ is: 'missing' });
    if (subject.traits.adds) expect(await push(place.stream, add('w5', key, 1))).toEqual({ is: 'missing' });
  });

  test('a value that does not fit is rejected with its field, and the other writes are made', async () => {
    await using place = await subject.open(10);
    const outcomes = await pushAll(place.stream, [
      create('w1', 'good', 1),
      create('w2', 'far too long for a name of twenty', 1),
      { ...create('w3', 'bad', 1), data: { name: 'bad', quantity: 'many' } },
      create('w4', 'also good', 1),
    ]);
    expect(outcomes.map(({ is }) => is)).toEqual(['applied', 'rejected', 'rejected', 'applied']);
    expect(outcomes[1]).toMatchObject({ field: 'name', reason: expect.stringContaining('name') });
    expect(outcomes[2]).toMatchObject({ field: 'quantity', reason: expect.stringContaining('quantity') });
    expect(await place.other.count()).toBe(2);
  });

  test('what was refused under a write id can be sent again under it', async () => {
    await using place = await subject.open(10);
    expect((await push(place.stream, create('w1', 'far too long for a name of twenty', 1))).is).toBe('rejected');
    expect((await push(place.stream, create('w1', 'shorter', 1))).is).toBe('applied');
  });
}

/** What is not claimed is no test, rather than one that is skipped. */
function testIf(claimed: boolean): (name: string, run: () => Promise<void>) => void {
  return claimed ? test : () => {};
}

/** One write, one outcome. */
export async function push(stream: Stream, write: Write): Promise<Outcome> {
  const [outcome] = await pushAll(stream, [write]);
  if (!outcome) throw new Error('push returned no outcome.');
  return outcome;
}

async function pushAll(stream: Stream, writes: readonly Write[]): Promise<readonly Outcome[]> {
  const outcomes = await stream.push?.(writes, createContext());
  if (outcomes?.length !== writes.length) throw new Error('push returned no outcome for each write.');
  return outcomes;
}

/** The outcome, which must be `applied`. */
export function applied(outcome: Outcome): Extract<Outcome, { is: 'applied' }> {
  if (outcome.is === 'applied') return outcome;
  throw new Error(`Expected the write to be applied, but: ${JSON.stringify(outcome)}`);
}

/** A create of a sample record; the reference is made from the write id. */
export function create(id: string, name: string, quantity: number): Extract<Write, { op: 'create' }> {
  return { id, op: 'create', ref: `ref-${id}`, data: { name, quantity } };
}

function update(id: string, key: string, patch: Extract<Write, { op: 'update' }>['patch']): Write {
  return { id, op: 'update', key, patch };
}

function add(id: string, key: string, quantity: number): Extract<Write, { op: 'add' }> {
  return { id, op: 'add', key, amounts: { quantity } };
}
