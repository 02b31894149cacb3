import { expect, test } from 'vitest';
import type { Binding } from '../../../apps/sync-server/src/reconcile/binding.ts';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';

/** Records point at others by `parent`, a key over there and an id here. */
const referring: Partial<Binding> = {
  toDocument: ({ parent, ...record }, ids) =>
    typeof parent === 'string' ? { ...record, parent: ids.here('items', parent) } : record,
  toRecord: ({ parent, ...patch }, _document, ids) =>
    (typeof parent === 'string' ? { ...patch, parent: ids.there('items', parent) } : patch) as never,
  fields: { name: { merge: 'there' }, parent: { merge: 'there' } },
};

test('a record that points at one not seen yet is parked and taken up when that is linked', async () => {
  const erp = createNastySystem({ pageSize: 1 });
  erp.insert('child', { name: 'Child', parent: 'mother' });
  await using bench = await openBench({ nasty: { erp }, bindings: [articleBinding(referring)] });
  expect((await bench.all()).size).toBe(0);
  expect((await bench.engine.status()).systems[0]?.streams[0]?.parked).toBe(1);
  erp.insert('mother', { name: 'Mother' });
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(await bench.read('items-child')).toMatchObject({ parent: 'items-mother' });
  expect((await bench.engine.status()).systems[0]?.streams[0]?.parked).toBe(0);
  expect(await bench.store.rechecks('erp', 'items', 10)).toEqual([]);
});

test('a parked record is still known after a restart', async () => {
  const erp = createNastySystem({ pageSize: 1 });
  erp.insert('child', { name: 'Child', parent: 'mother' });
  await using bench = await openBench({ nasty: { erp }, bindings: [articleBinding(referring)] });
  await bench.restart();
  erp.insert('mother', { name: 'Mother' });
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(await bench.read('items-child')).toMatchObject({ parent: 'items-mother' });
});

test('a document that points at one not created over there yet waits without an attempt and is woken by the link', async () => {
  const erp = createNastySystem({ traits: { batch: { max: 1, fails: 'each' } } });
  await using bench = await openBench({ nasty: { erp }, bindings: [articleBinding(referring)] });
  await bench.write('child', { name: 'Child', parent: 'mother' });
  await bench.engine.idle();
  const [row] = await bench.store.outboxHeads('erp', { now: Number.MAX_SAFE_INTEGER, limit: 1 });
  expect(row).toMatchObject({ attempts: 0, state: 'ready', error: expect.stringContaining('items/mother') });
  await bench.write('mother', { name: 'Mother' });
  await bench.engine.idle();
  const [mother, child] = [...erp.records];
  expect(mother?.[1].data).toEqual({ name: 'Mother' });
  expect(child?.[1].data).toEqual({ name: 'Child', parent: mother?.[0] });
});

test('documents made together go in the order their references need', async () => {
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp }, bindings: [articleBinding(referring)] });
  await bench.write('c', { name: 'C', parent: 'b' });
  await bench.write('b', { name: 'B', parent: 'a' });
  await bench.write('a', { name: 'A' });
  await bench.engine.idle();
  expect([...erp.records.values()].map(({ data }) => data.name)).toEqual(['A', 'B', 'C']);
});

test('a reference to a stream that is not bound parks the record and stops nothing', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'Lost' });
  erp.insert('a2', { name: 'Good' });
  const toDocument: Binding['toDocument'] = (record, ids) =>
    record.name === 'Lost' ? { ...record, parent: ids.here('nowhere', 'x') } : record;
  await using bench = await openBench({ nasty: { erp }, bindings: [articleBinding({ toDocument })] });
  expect([...(await bench.all()).keys()]).toEqual(['items-a2']);
  expect((await bench.engine.status()).systems[0]?.streams[0]?.parked).toBe(1);
});
