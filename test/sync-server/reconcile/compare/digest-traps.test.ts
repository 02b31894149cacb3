import { expect, test } from 'vitest';
import { comparisonOf } from '../../../support/comparison.ts';
import { openBench } from '../../../support/engine.ts';
import type { DigestTrap } from '../../../support/nasty-digests.ts';
import { createNastySystem } from '../../../support/nasty-system.ts';

async function opened(trap: DigestTrap = 'none') {
  const erp = createNastySystem({ digests: true, pageSize: 50 });
  erp.digests.trap = trap;
  for (let index = 0; index < 300; index += 1) erp.insert(`a${1000 + index}`, { name: `Article ${index}`, price: 1 });
  const bench = await openBench({ nasty: { erp }, random: () => 0 });
  return Object.assign(bench, { erp });
}

test('without traps a comparison of what is the same reads the sample and nothing else', async () => {
  await using bench = await opened();
  await bench.engine.compareNow('erp', 'items');
  const { counts, cost, way } = await comparisonOf(bench);
  expect({ way, same: counts.same, records: cost.records }).toEqual({ way: 'digest', same: 300, records: 50 });
  expect(bench.erp.calls).toMatchObject({ scan: 0, digest: 1 });
});

test('digests that do not show what is in a record are found out, and everything is read', async () => {
  await using bench = await opened('blind');
  for (let index = 0; index < 300; index += 7) bench.erp.editUnseen(`a${1000 + index}`, { price: 2 });
  await bench.engine.scanNow('erp', 'items');
  const { way, notes, counts } = await comparisonOf(bench);
  expect({ way, different: counts.different }).toEqual({ way: 'scan', different: 43 });
  expect(notes.join(' ')).toContain('its digest has not');
  expect((await bench.all()).get('items-a1007')).toMatchObject({ price: 2 });
});

test('digests of a state long gone are found out, and everything is read', async () => {
  await using bench = await opened();
  bench.erp.digests.trap = 'late';
  for (let index = 0; index < 300; index += 3) bench.erp.editUnseen(`a${1000 + index}`, { price: 2 });
  await bench.engine.scanNow('erp', 'items');
  const { way, notes, counts } = await comparisonOf(bench);
  expect({ way, different: counts.different }).toEqual({ way: 'scan', different: 100 });
  expect(notes.join(' ')).toContain('as if it had not changed');
});

test('digests that never agree cost readings and repair nothing wrongly', async () => {
  await using bench = await opened('noisy');
  const before = (await bench.store.head('main')).position;
  bench.erp.editUnseen('a1100', { price: 2 });
  await bench.engine.compareNow('erp', 'items');
  expect(await comparisonOf(bench)).toMatchObject({ counts: { same: 299, different: 1 } });
  expect((await bench.store.head('main')).position).toEqual(before);
});

test('digests that cannot be computed are given up for a scan', async () => {
  await using bench = await opened('failing');
  bench.erp.editUnseen('a1100', { price: 2 });
  await bench.engine.compareNow('erp', 'items');
  expect(await comparisonOf(bench).catch(String)).not.toMatchObject({ endedAt: expect.any(Number) });
  await bench.engine.compareNow('erp', 'items');
  const { way, counts, notes } = await comparisonOf(bench);
  expect({ way, different: counts.different }).toEqual({ way: 'scan', different: 1 });
  expect(notes.join(' ')).toContain('failed to compute digests');
});
