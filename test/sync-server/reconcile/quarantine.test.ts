import { expect, test } from 'vitest';
import * as z from 'zod';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';

const hostile: readonly [string, Readonly<Record<string, unknown>>, string][] = [
  ['a document that does not fit its schema', { name: 5 }, '/name'],
  ['a field that is missing', { price: 1 }, 'name'],
  ['a key that would change every object', JSON.parse('{"name":"x","__proto__":{"a":1}}'), '__proto__'],
  ['a number that was rounded on its way', { name: 'x', stock: 1e300 }, 'exactly'],
  ['a number that is none', { name: 'x', stock: Number.NaN }, 'finite'],
  ['a value that is no JSON', { name: 'x', stock: 5n }, 'bigint'],
  ['a document beyond the limit', { name: 'x', note: 'y'.repeat(300_000) }, 'bytes'],
];

test.each(hostile)('%s is set aside alone with the reason', async (_name, data, reason) => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'Good' });
  erp.insert('a2', data as never);
  erp.insert('a3', { name: 'Good too' });
  await using bench = await openBench({ nasty: { erp } });
  expect([...(await bench.all()).keys()].sort()).toEqual(['items-a1', 'items-a3']);
  const [record, ...others] = await bench.store.quarantined({ limit: 10 });
  expect(others).toEqual([]);
  expect(record).toMatchObject({ key: 'a2', reason: expect.stringContaining(reason) });
  expect(Reflect.get({}, 'a')).toBeUndefined();
});

test('a record without a key is set aside and stops nothing', async () => {
  const erp = createNastySystem();
  erp.insert('', { name: 'Nameless' });
  erp.insert('a1', { name: 'Good' });
  await using bench = await openBench({ nasty: { erp } });
  expect((await bench.all()).size).toBe(1);
  expect((await bench.store.quarantined({ limit: 10 }))[0]?.reason).toContain('no key');
});

test('a record is released when a later version of it fits, also after a restart', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'Good', price: 1 });
  await using bench = await openBench({ nasty: { erp } });
  erp.edit('a1', { price: -1, note: 'n' });
  await bench.engine.pullNow('erp');
  expect(await bench.read('items-a1')).toEqual({ id: 'items-a1', name: 'Good', price: 1 });
  expect(await bench.store.quarantined({ limit: 10 })).toHaveLength(1);
  await bench.restart();
  erp.edit('a1', { price: 2 });
  await bench.engine.pullNow('erp');
  expect(await bench.read('items-a1')).toEqual({ id: 'items-a1', name: 'Good', price: 2, note: 'n' });
  expect(await bench.store.quarantined({ limit: 10 })).toEqual([]);
});

test('a record that fails the schema of the binding or its mapping is set aside', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'drift', version: 2 });
  erp.insert('a2', { name: 'throws' });
  erp.insert('a3', { name: 'Good' });
  const record = z.looseObject({ name: z.string(), version: z.literal(1).optional() }) as never;
  const toDocument = (data: Readonly<Record<string, unknown>>) => {
    if (data.name === 'throws') throw new Error('unexpected name');
    return { name: String(data.name) };
  };
  await using bench = await openBench({ nasty: { erp }, bindings: [articleBinding({ record, toDocument })] });
  expect((await bench.all()).size).toBe(1);
  const reasons = (await bench.store.quarantined({ limit: 10 })).map(({ reason }) => reason).sort();
  expect(reasons).toEqual([
    expect.stringContaining('unexpected name'),
    expect.stringContaining('does not fit its schema: version'),
  ]);
});
