import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ExternalRecord, Stream } from '../../../apps/sync-server/src/connectors/connector.ts';
import { applyRecord } from '../../../apps/sync-server/src/reconcile/apply-record.ts';
import type { Binding } from '../../../apps/sync-server/src/reconcile/binding.ts';
import { changeTimes } from '../../../apps/sync-server/src/reconcile/change-times.ts';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';

const latest = new Map([['f', { rule: { merge: 'latest' } as const, outranked: false }]]);
const both = { base: { f: 'a' }, document: { f: 'ours' }, record: { f: 'theirs' } };

test.each([
  ['the change here is later', { here: 2, there: 1 }, 'ours'],
  ['the change there is later', { here: 1, there: 2 }, 'theirs'],
  ['both at the same time', { here: 1, there: 1 }, 'theirs'],
  ['no time there', { here: 1, there: null }, 'theirs'],
  ['no time here', { here: null, there: 1 }, 'theirs'],
  ['no time at all', undefined, 'theirs'],
])('of two changes the later one wins, and in doubt that over there: %s', (_says, times, winner) => {
  const merged = applyRecord(latest, { ...both, ...(times && { times }) });
  expect(merged.document).toEqual({ f: winner });
  expect(merged.base).toEqual({ f: 'theirs' });
  expect(merged.decisions).toMatchObject([{ rule: 'merge:latest', here: 'ours', there: 'theirs', result: winner }]);
});

test('clocks decide nothing where one side alone changed', () => {
  const times = { here: 1, there: 2 };
  expect(applyRecord(latest, { ...both, record: { f: 'a' }, times }).document).toEqual({ f: 'ours' });
  expect(applyRecord(latest, { ...both, document: { f: 'a' }, times: { here: 2, there: 1 } }).document).toEqual({
    f: 'theirs',
  });
});

test('where document and record meet for the first time the later one wins too', () => {
  const first = { base: {}, document: { f: 'ours' }, record: { f: 'theirs' }, first: true };
  expect(applyRecord(latest, { ...first, times: { here: 2, there: 1 } }).document).toEqual({ f: 'ours' });
  expect(applyRecord(latest, { ...first, times: { here: 1, there: 2 } }).document).toEqual({ f: 'theirs' });
  expect(applyRecord(latest, { ...first, document: {}, times: { here: 2, there: 1 } }).document).toEqual({
    f: 'theirs',
  });
});

test('a time that lies a little ahead is believed, one that lies far ahead counts as the time of the reading', () => {
  const readAt = 1_000_000;
  const there = (changedAt: number | null) => changeTimes({ at: 1 }, { key: 'k', changedAt }, { readAt }).there;
  expect(there(readAt + 60_000)).toBe(readAt + 60_000);
  expect(there(readAt + 60_001)).toBe(readAt);
  expect(there(5)).toBe(5);
  expect(there(null)).toBeNull();
});

/** Records say when they were changed, in a field that no document has. */
function stampedBinding(over: Partial<Binding> = {}): Binding {
  return articleBinding({
    toDocument: ({ at: _at, ...record }) => record,
    changedAt: ({ at }) => (typeof at === 'number' ? at : null),
    fields: { name: { merge: 'latest' }, note: { merge: 'latest' } },
    ...over,
  });
}

test('both sides take the later change, whichever it is, and it is decided once', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'old', note: 'old', at: 1 });
  await using bench = await openBench({ nasty: { erp }, bindings: [stampedBinding()] });
  erp.edit('a1', { name: 'stale there', at: 1_000 });
  await bench.edit('items-a1', { name: 'later here' });
  await bench.engine.idle();
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(await bench.read('items-a1')).toMatchObject({ name: 'later here' });
  expect(erp.records.get('a1')?.data).toMatchObject({ name: 'later here' });

  erp.edit('a1', { note: 'later there', at: Date.now() + 30_000 });
  await bench.edit('items-a1', { note: 'earlier here' });
  await bench.engine.idle();
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(await bench.read('items-a1')).toMatchObject({ note: 'later there' });
  expect(erp.records.get('a1')?.data).toMatchObject({ note: 'later there' });
  const decisions = await bench.store.decisions({ limit: 10 });
  expect(decisions.map(({ field, rule, result }) => [field, rule, result])).toEqual([
    ['note', 'merge:latest', 'later there'],
    ['name', 'merge:latest', 'later here'],
  ]);
});

test('a clock over there that is wrong by a year does not keep later changes here from winning', async () => {
  const erp = createNastySystem();
  const ahead = Date.now() + 365 * 86_400_000;
  erp.insert('a1', { name: 'old', at: ahead });
  await using bench = await openBench({ nasty: { erp }, bindings: [stampedBinding()] });
  await bench.edit('items-a1', { name: 'ours' });
  await bench.engine.idle();
  await bench.engine.pullNow('erp');
  expect(erp.records.get('a1')?.data).toMatchObject({ name: 'ours' });
});

test('what the system makes of our own write does not win over a change that was made here meanwhile', async () => {
  const makes = (record: ExternalRecord) => ({ ...record, name: String(record.name).trim(), at: Date.now() + 30_000 });
  const erp = createNastySystem({ makes });
  erp.insert('a1', { name: 'old', at: 1 });
  await using bench = await openBench({ nasty: { erp }, bindings: [stampedBinding()] });
  const stream = erp.connector.streams.items as Stream;
  const push = stream.push as NonNullable<Stream['push']>;
  let edited = false;
  Object.assign(stream, {
    push: async (...call: Parameters<typeof push>) => {
      if (!edited) {
        edited = true;
        await bench.edit('items-a1', { name: 'second' });
      }
      return push(...call);
    },
  });
  await bench.edit('items-a1', { name: 'first   ' });
  await bench.engine.idle();
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(erp.applied).toHaveLength(2);
  expect(await bench.read('items-a1')).toMatchObject({ name: 'second' });
  expect(erp.records.get('a1')?.data).toMatchObject({ name: 'second' });
});

test('a time that is none sets the record aside', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'old', at: 1 });
  const wrong = () => Number.NaN;
  await using bench = await openBench({ nasty: { erp }, bindings: [stampedBinding({ changedAt: wrong })] });
  expect(await bench.store.quarantined({ limit: 10 })).toMatchObject([
    { reason: expect.stringContaining('changedAt must give milliseconds') },
  ]);
});

type Step =
  | { readonly do: 'here'; readonly text: string }
  | { readonly do: 'erp' | 'pim'; readonly text: string; readonly at: number | null }
  | { readonly do: 'pull' | 'push' | 'restart' };

const text = fc.constantFrom('p', 'q', 'r', 's');
const stamp = fc.oneof(
  fc.constant(null),
  fc.integer({ min: -100_000, max: 100_000 }).map((by) => Date.now() + by),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('here' as const), text }),
  fc.record({ do: fc.constantFrom('erp' as const, 'pim' as const), text, at: stamp }),
  fc.record({ do: fc.constantFrom('pull' as const, 'push' as const, 'restart' as const) }),
);

test('two systems and a store agree in the end, whatever their clocks said', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 20 }), async (steps) => {
      const [erp, pim] = [createNastySystem(), createNastySystem()];
      for (const system of [erp, pim]) system.insert('a1', { name: 'old', note: '', at: 1 });
      const bindings = [
        stampedBinding({ idFor: () => 'a1' }),
        stampedBinding({ system: 'pim', idFor: () => 'a1', match: () => 'a1' }),
      ];
      await using bench = await openBench({ nasty: { erp, pim }, bindings });
      for (const one of steps) {
        if (one.do === 'here') await bench.edit('a1', { name: one.text });
        else if (one.do === 'erp') erp.edit('a1', { name: one.text, at: one.at });
        else if (one.do === 'pim') pim.edit('a1', { name: one.text, at: one.at });
        else if (one.do === 'pull') await bench.engine.pullNow('erp');
        else if (one.do === 'push') await bench.engine.pushNow('pim');
        else await bench.restart();
      }
      for (let round = 0; round < 4; round += 1) {
        for (const name of ['erp', 'pim']) await bench.engine.pullNow(name);
        await bench.engine.idle();
      }
      const here = await bench.read('a1');
      expect(erp.records.get('a1')?.data.name).toBe(here?.name);
      expect(pim.records.get('a1')?.data.name).toBe(here?.name);
      expect((await bench.pending('erp')) + (await bench.pending('pim'))).toBe(0);
    }),
    { seed: 20_261_123, numRuns: 40, endOnFailure: true },
  );
}, 60_000);
