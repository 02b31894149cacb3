import { expect, test } from 'vitest';
import type { Binding } from '../../../apps/sync-server/src/reconcile/binding.ts';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';

const match: NonNullable<Binding['match']> = (record) => `article-${String(record.name)}`;
const idFor: NonNullable<Binding['idFor']> = (record) => `article-${String(record.name)}`;
const both = { match, idFor };

test('a change in one system reaches the other through the store, and no echo of it comes back', async () => {
  const erp = createNastySystem();
  const shop = createNastySystem();
  const bindings = [
    articleBinding({
      ...both,
      fields: { name: { merge: 'there' }, price: { from: 'there' }, stock: { merge: 'sum' } },
    }),
    articleBinding({
      ...both,
      system: 'shop',
      fields: { name: { merge: 'there' }, price: { from: 'here' }, stock: { merge: 'sum' } },
    }),
  ];
  erp.insert('e1', { name: 'A', price: 5, stock: 10 });
  await using bench = await openBench({ nasty: { erp, shop }, bindings });
  expect([...shop.records.values()].map(({ data }) => data)).toEqual([{ name: 'A', price: 5, stock: 10 }]);
  const [key] = [...shop.records.keys()];
  shop.edit(String(key), { stock: 8 });
  erp.edit('e1', { price: 6, stock: 15 });
  for (let round = 0; round < 3; round += 1) {
    await bench.engine.pullNow('erp');
    await bench.engine.pullNow('shop');
    await bench.engine.idle();
  }
  expect(await bench.read('article-A')).toMatchObject({ price: 6, stock: 13 });
  expect(erp.records.get('e1')?.data).toMatchObject({ price: 6, stock: 13 });
  expect(shop.records.get(String(key))?.data).toMatchObject({ price: 6, stock: 13 });
  const before = await bench.store.head('main');
  const writes = [erp.applied.length, shop.applied.length];
  await bench.engine.pullNow('erp');
  await bench.engine.pullNow('shop');
  await bench.engine.idle();
  expect(await bench.store.head('main')).toEqual(before);
  expect([erp.applied.length, shop.applied.length]).toEqual(writes);
});

test('of two owners the lower rank wins, and the other fills what is empty', async () => {
  const pim = createNastySystem();
  const erp = createNastySystem();
  const bindings = [
    articleBinding({ ...both, system: 'pim', fields: { name: { merge: 'there' }, note: { from: 'there', rank: 1 } } }),
    articleBinding({ ...both, fields: { name: { merge: 'there' }, note: { from: 'there', rank: 2 } } }),
  ];
  erp.insert('e1', { name: 'A', note: 'from erp' });
  await using bench = await openBench({ nasty: { erp, pim }, bindings });
  expect(await bench.read('article-A')).toMatchObject({ note: 'from erp' });
  const [key] = [...pim.records.keys()];
  pim.edit(String(key), { note: 'from pim' });
  await bench.engine.pullNow('pim');
  expect(await bench.read('article-A')).toMatchObject({ note: 'from pim' });
  erp.edit('e1', { note: 'from erp again' });
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(await bench.read('article-A')).toMatchObject({ note: 'from pim' });
});
