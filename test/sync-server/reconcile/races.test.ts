import { expect, test } from 'vitest';
import type { Stream } from '../../../apps/sync-server/src/connectors/connector.ts';
import type { Binding } from '../../../apps/sync-server/src/reconcile/binding.ts';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';

const linked = { name: 'Article', note: 'old', stock: 10 };

test.each(['cut-before', 'cut-after'] as const)('a create whose answer was lost (%s) is there once', async (fault) => {
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp } });
  erp.failPushes(fault);
  await bench.write('mine', { name: 'Mine', stock: 4 });
  await bench.engine.idle();
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(erp.records.size).toBe(1);
  expect([...(await bench.all()).keys()]).toEqual(['mine']);
  expect(await bench.pending()).toBe(0);
});

test.each(['cut-before', 'cut-after'] as const)('an addition whose answer was lost (%s) counts once', async (fault) => {
  const erp = createNastySystem();
  erp.insert('a1', linked);
  await using bench = await openBench({ nasty: { erp } });
  erp.failPushes(fault);
  await bench.edit('items-a1', { stock: 7 });
  await bench.engine.idle();
  expect(await bench.pending()).toBe(1);
  erp.edit('a1', { stock: Number(erp.records.get('a1')?.data.stock) + 100 });
  await bench.engine.pullNow('erp');
  await bench.engine.pushNow('erp');
  await bench.engine.idle();
  expect(erp.records.get('a1')?.data).toMatchObject({ stock: 107 });
  expect(await bench.read('items-a1')).toMatchObject({ stock: 107 });
});

test('a create that may have been applied is never repeated where nobody can tell', async () => {
  const erp = createNastySystem({ finds: false, traits: { creates: 'unsafe' } });
  await using bench = await openBench({ nasty: { erp } });
  erp.failPushes('cut-before');
  await bench.write('mine', { name: 'Mine' });
  await bench.engine.idle();
  await bench.engine.pullNow('erp');
  expect(erp.records.size).toBe(0);
  expect(await bench.store.outboxDead({ limit: 10 })).toMatchObject([
    { id: 'mine', error: expect.stringContaining('by hand') },
  ]);
});

test('not even where the stream says that it found nothing: a create without a mark cannot be found', async () => {
  const erp = createNastySystem({ traits: { creates: 'unsafe' } });
  const stream = erp.connector.streams.items as Stream;
  Object.assign(stream, { find: async () => null });
  await using bench = await openBench({ nasty: { erp } });
  erp.failPushes('cut-after');
  await bench.write('mine', { name: 'Mine' });
  await bench.engine.idle();
  await bench.engine.pushNow('erp');
  await bench.engine.idle();
  expect(erp.records.size).toBe(1);
  expect(await bench.store.outboxDead({ limit: 10 })).toMatchObject([
    { id: 'mine', error: expect.stringContaining('by hand') },
  ]);
});

test('a row that a process left as sent is asked for before it is sent again', async () => {
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp } });
  await bench.engine.close();
  await bench.write('mine', { name: 'Mine' });
  const [row] = await bench.store.outboxHeads('erp', { now: Date.now(), limit: 1 });
  if (row === undefined) throw new Error('the write made no row');
  const write = { id: row.writeId, op: 'create', ref: 'ref-1', data: { name: 'Mine' } } as const;
  await bench.store.outboxSend([
    { seq: row.seq, payload: { write, sent: { name: 'Mine' }, amounts: {} }, version: null },
  ]);
  await erp.connector.streams.items?.push?.([write], {} as never);
  await bench.restart();
  expect(erp.applied).toHaveLength(1);
  expect(erp.records.size).toBe(1);
  expect([...(await bench.all()).keys()]).toEqual(['mine']);
});

test('an article changed on both sides keeps both changes, and a field that both changed is decided and recorded', async () => {
  const erp = createNastySystem();
  erp.insert('a1', linked);
  await using bench = await openBench({ nasty: { erp } });
  erp.edit('a1', { name: 'Theirs', stock: 15 });
  await bench.edit('items-a1', { name: 'Ours', note: 'ours', stock: 8 });
  await bench.engine.idle();
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(await bench.read('items-a1')).toMatchObject({ name: 'Theirs', note: 'ours', stock: 13 });
  expect(erp.records.get('a1')?.data).toMatchObject({ name: 'Theirs', note: 'ours', stock: 13 });
  const decisions = await bench.store.decisions({ limit: 10 });
  expect(decisions).toMatchObject([
    { field: 'name', rule: 'merge:there', server: 'Ours', proposed: 'Theirs', result: 'Theirs' },
  ]);
});

test('what the system makes of a value comes back here and is not pushed again', async () => {
  const makes = (record: Readonly<Record<string, unknown>>) =>
    ({ ...record, tag: String(record.tag ?? '').slice(0, 3), number: 'N-1' }) as never;
  for (const answers of [true, false]) {
    const erp = createNastySystem({ makes, answers });
    await using bench = await openBench({ nasty: { erp } });
    await bench.write('mine', { name: 'Mine', tag: 'abcdef' });
    await bench.engine.idle();
    for (let round = 0; round < 3; round += 1) await bench.engine.pullNow('erp');
    await bench.engine.idle();
    expect(await bench.read('mine')).toMatchObject({ tag: 'abc' });
    expect(erp.applied).toHaveLength(1);
  }
});

test('a field we own that was changed over there is pushed back', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { ...linked, tag: 'ours' });
  await using bench = await openBench({ nasty: { erp } });
  erp.edit('a1', { tag: 'theirs' });
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(erp.records.get('a1')?.data.tag).toBe('ours');
  expect(await bench.read('items-a1')).toMatchObject({ tag: 'ours' });
});

test('a field the system owns that was changed here is taken back', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { ...linked, price: 5 });
  await using bench = await openBench({ nasty: { erp } });
  await bench.edit('items-a1', { price: 99 });
  await bench.engine.idle();
  expect(await bench.read('items-a1')).toMatchObject({ price: 5 });
  expect(erp.applied).toHaveLength(0);
});

test('a document changed while its write is under way is pushed once more', async () => {
  const erp = createNastySystem();
  erp.insert('a1', linked);
  await using bench = await openBench({ nasty: { erp } });
  const stream = erp.connector.streams.items;
  const push = stream?.push;
  if (stream === undefined || push === undefined) throw new Error('the stream cannot push');
  let once = true;
  Object.assign(stream, {
    push: async (...args: Parameters<typeof push>) => {
      if (once) {
        once = false;
        await bench.edit('items-a1', { note: 'second', stock: 5 });
      }
      return push(...args);
    },
  });
  await bench.edit('items-a1', { note: 'first', stock: 9 });
  await bench.engine.idle();
  expect(erp.records.get('a1')?.data).toMatchObject({ note: 'second', stock: 5 });
  expect(await bench.read('items-a1')).toMatchObject({ note: 'second', stock: 5 });
});

test('a record created here while its twin is pulled is adopted by match, not doubled', async () => {
  const erp = createNastySystem();
  const match: NonNullable<Binding['match']> = (record) => (record.name === 'Shared' ? 'shared' : null);
  await using bench = await openBench({ nasty: { erp }, bindings: [articleBinding({ match, creates: false })] });
  await bench.write('shared', { name: 'Shared', note: 'ours' });
  erp.insert('a1', { name: 'Shared', note: 'theirs', price: 3 });
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect([...(await bench.all())]).toEqual([['shared', { id: 'shared', name: 'Shared', note: 'ours', price: 3 }]]);
  expect(erp.records.get('a1')?.data).toMatchObject({ note: 'ours' });
});
