import { expect, test } from 'vitest';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';

test('the first start pulls every record into a document with a predictable id', async () => {
  const erp = createNastySystem();
  for (let index = 0; index < 10; index += 1) erp.insert(`a${index}`, { name: `Article ${index}`, price: index });
  await using bench = await openBench({ nasty: { erp } });
  expect((await bench.all()).size).toBe(10);
  expect(await bench.read('items-a3')).toEqual({ id: 'items-a3', name: 'Article 3', price: 3 });
});

test('pulling the same twice, in disorder and doubled, changes nothing the second time', async () => {
  const erp = createNastySystem({ pageSize: 4 });
  for (let index = 0; index < 10; index += 1) erp.insert(`a${index}`, { name: `Article ${index}`, stock: index });
  await using bench = await openBench({ nasty: { erp } });
  const before = await bench.store.head('main');
  erp.scrambled = true;
  for (const key of erp.records.keys()) erp.edit(key, {});
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(await bench.store.head('main')).toEqual(before);
  expect(await bench.read('items-a9')).toMatchObject({ stock: 9 });
});

test('an article changed here is pushed, and its echo changes nothing', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'Article', note: 'old', stock: 5 });
  await using bench = await openBench({ nasty: { erp } });
  await bench.edit('items-a1', { note: 'new', stock: 3 });
  await bench.engine.idle();
  expect(erp.records.get('a1')?.data).toMatchObject({ note: 'new', stock: 3 });
  const before = await bench.store.head('main');
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(await bench.store.head('main')).toEqual(before);
  expect(erp.applied).toHaveLength(1);
});

test('an article made here is created over there once and linked', async () => {
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp } });
  await bench.write('mine', { name: 'Mine', stock: 4 });
  await bench.engine.idle();
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect([...erp.records.values()].map(({ data }) => data)).toEqual([{ name: 'Mine', stock: 4 }]);
  expect((await bench.all()).size).toBe(1);
});

test('a record deleted over there deletes its document', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'Article' });
  await using bench = await openBench({ nasty: { erp }, bindings: [articleBinding()] });
  erp.remove('a1');
  await bench.engine.pullNow('erp');
  expect(await bench.read('items-a1')).toBeNull();
});
