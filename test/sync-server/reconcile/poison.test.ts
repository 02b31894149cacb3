import { expect, test } from 'vitest';
import type { Binding } from '../../../apps/sync-server/src/reconcile/binding.ts';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';

test('a record that breaks the connector takes no other of its batch with it', async () => {
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp } });
  const stream = erp.connector.streams.items;
  const push = stream?.push;
  if (stream === undefined || push === undefined) throw new Error('the stream cannot push');
  Object.assign(stream, {
    push: async (...[writes, context]: Parameters<typeof push>) => {
      if (writes.some((write) => 'data' in write && write.data.name === 'poison')) throw new TypeError('cannot encode');
      return push(writes, context);
    },
  });
  await bench.engine.close();
  for (const name of ['one', 'two', 'poison', 'four']) await bench.write(name, { name });
  await bench.restart();
  await expect.poll(() => erp.records.size, { timeout: 8_000 }).toBe(3);
  await expect
    .poll(() => bench.store.outboxDead({ limit: 10 }), { timeout: 8_000 })
    .toMatchObject([{ id: 'poison', error: expect.stringContaining('cannot encode') }]);
  expect(await bench.pending()).toBe(0);
});

const mappings: readonly [string, NonNullable<Binding['toRecord']>, string][] = [
  [
    'throws',
    ({ name }) => {
      if (name === 'poison') throw new Error('no such unit');
      return { name: String(name) };
    },
    'no such unit',
  ],
  ['gives what is no JSON', ({ name }) => ({ name, size: name === 'poison' ? 1n : 1 }) as never, 'bigint'],
  ['gives no record', ({ name }) => (name === 'poison' ? null : { name }) as never, 'toRecord'],
];

test.each(mappings)(
  'a mapping that %s for one document makes a dead letter of that one',
  async (_name, toRecord, says) => {
    const erp = createNastySystem();
    await using bench = await openBench({ nasty: { erp }, bindings: [articleBinding({ toRecord })] });
    for (const name of ['one', 'poison', 'two']) await bench.write(name, { name });
    await bench.engine.idle();
    expect(erp.records.size).toBe(2);
    expect(await bench.store.outboxDead({ limit: 10 })).toMatchObject([
      { id: 'poison', error: expect.stringContaining(says) },
    ]);
  },
);

const documents: readonly [string, Partial<Binding>, string][] = [
  [
    'toDocument gives no object',
    { toDocument: (record) => (record.name === 'poison' ? null : record) as never },
    'object',
  ],
  ['toDocument gives no JSON', { toDocument: (record) => ({ ...record, note: (() => 1) as never }) }, 'function'],
  ['idFor gives an id that is too long', { idFor: () => 'x'.repeat(200) }, '128'],
  ['match gives no text', { match: () => 5 as never }, 'match'],
];

test.each(documents)('where %s, the record is set aside', async (_name, over, says) => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'poison' });
  await using bench = await openBench({ nasty: { erp }, bindings: [articleBinding(over)] });
  expect((await bench.all()).size).toBe(0);
  expect(await bench.store.quarantined({ limit: 10 })).toMatchObject([
    { key: 'a1', reason: expect.stringContaining(says) },
  ]);
});

test('a merge that throws sets its record aside and stops no other', async () => {
  const erp = createNastySystem();
  for (const key of ['a1', 'a2']) erp.insert(key, { name: key, note: 'old' });
  const merge = () => {
    throw new Error('cannot decide');
  };
  const bindings = [
    articleBinding({
      fields: { name: { merge: 'there' }, note: { merge } },
      strategies: [{ kind: 'batch', everyMs: 1e6, size: 99 }],
    }),
  ];
  await using bench = await openBench({ nasty: { erp }, bindings });
  await bench.edit('items-a1', { note: 'here' });
  erp.edit('a1', { note: 'there' });
  erp.edit('a2', { name: 'changed' });
  await bench.engine.pullNow('erp');
  expect(await bench.read('items-a2')).toMatchObject({ name: 'changed' });
  expect(await bench.store.quarantined({ limit: 10 })).toMatchObject([
    { key: 'a1', reason: expect.stringContaining('cannot decide') },
  ]);
});

test('two creates answered with the same key link one of them and make the other a dead letter', async () => {
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp } });
  const stream = erp.connector.streams.items;
  if (stream === undefined) throw new Error('the system has no stream');
  const item = { key: 'same', data: { name: 'one' }, version: '1' };
  Object.assign(stream, {
    push: async (writes: readonly unknown[]) => writes.map(() => ({ is: 'applied', key: 'same', item })),
    find: async () => item,
    get: async () => new Map([['same', item]]),
  });
  await bench.engine.close();
  for (const name of ['one', 'two']) await bench.write(name, { name });
  await bench.restart();
  await expect.poll(() => bench.pending(), { timeout: 8_000 }).toBe(0);
  expect(await bench.store.outboxDead({ limit: 10 })).toMatchObject([
    { error: expect.stringContaining('already linked') },
  ]);
  expect(await bench.store.links({ system: 'erp', stream: 'items', keys: ['same'] })).toHaveLength(1);
});
