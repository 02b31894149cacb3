import type { JsonDocument } from '@datastores/core/schema';
import { expect, test } from 'vitest';
import { callerOf, insertRow, openService, pushRows } from './test-service.ts';
import { things } from './thing.ts';

const nail: JsonDocument = { id: 'x', name: 'Nail', note: 'old', stock: 10 };
const key = { datastore: 'thing', id: 'x' };

async function openPushed() {
  const at = await openService([things]);
  const wire = (replica: string) => ({ service: at.service, caller: callerOf('ana'), datastore: things, replica });
  const [inserted] = await pushRows(wire('one'), [insertRow(nail)]);
  const base = inserted?.version ?? '';
  const change = (replica: string, patch: Readonly<Record<string, string | number>>, edit = 1) => {
    const was = Object.fromEntries(Object.keys(patch).map((field) => [field, nail[field]]));
    return pushRows(wire(replica), [
      { id: 'x', base, edit, changed: Object.keys(patch), was, doc: { ...nail, ...patch } },
    ]);
  };
  const kinds = async () => (await at.store.history('main', key)).map(({ kind, by }) => `${by} ${kind}`);
  return { ...at, wire, base, change, kinds };
}

test('an accepted change says which fields it changed, and from what', async () => {
  await using at = await openPushed();
  await at.change('one', { name: 'Pin' }, 2);
  expect(await at.store.history('main', key)).toMatchObject([
    { kind: 'accepted', by: 'one', changed: null },
    { kind: 'accepted', by: 'one', changed: { name: { was: 'Nail', is: 'Pin' } } },
  ]);
});

test('a merged change says who lost which value, by which rule, and how the other fields were taken', async () => {
  await using at = await openPushed();
  await at.change('one', { name: 'Pin', note: 'mine' }, 2);
  const [outcome] = await at.change('two', { name: 'Tack', note: 'yours', stock: 7 });
  expect(outcome?.is).toBe('merged');
  const [, , merged] = await at.store.history('main', key);
  expect(merged).toMatchObject({
    kind: 'merged',
    by: 'two',
    changed: { note: { was: 'mine', is: 'yours' }, stock: { was: 10, is: 7 } },
    rules: { stock: 'counter' },
    decisions: [
      { field: 'name', rule: 'server-wins', base: 'Nail', server: 'Pin', proposed: 'Tack', result: 'Pin' },
      { field: 'note', rule: 'replica-wins', server: 'mine', proposed: 'yours', result: 'yours' },
    ],
  });
  expect(await at.store.decisions({ limit: 10 })).toMatchObject([{ field: 'note' }, { field: 'name', by: 'two' }]);
});

test('a refused change is kept with its reason and the values that were refused, once however often it comes', async () => {
  await using at = await openPushed();
  await at.change('one', { name: 'Pin' }, 2);
  await at.change('two', { name: 'Tack' });
  await at.change('two', { name: 'Tack' });
  await at.change('three', { place: 'B' });
  expect(await at.kinds()).toEqual(['one accepted', 'one accepted', 'two conflict', 'three rejected']);
  const [, , conflict, rejected] = await at.store.history('main', key);
  expect(conflict).toMatchObject({
    code: 'CHANGE_CONFLICT',
    refused: { name: { said: 'Tack' } },
    decisions: [{ field: 'name', proposed: 'Tack', result: 'Pin' }],
  });
  expect(rejected).toMatchObject({ code: 'FIELD_IMMUTABLE', refused: { place: { said: 'B' } } });
});

test('a refused insert is known although there is no document', async () => {
  await using at = await openService([things]);
  const wire = { service: at.service, caller: callerOf('ana'), datastore: things, replica: 'one' };
  await pushRows(wire, [insertRow({ ...nail, name: '' })]);
  expect(await at.store.document('main', key)).toBeNull();
  expect(await at.store.history('main', key)).toMatchObject([{ kind: 'rejected', by: 'one' }]);
});

test('a repeated push is no event, and a deletion that yields to a change is one', async () => {
  await using at = await openPushed();
  await at.change('one', { name: 'Pin' }, 2);
  await at.change('one', { name: 'Pin' }, 2);
  await pushRows(at.wire('two'), [{ id: 'x', base: at.base, edit: 1, changed: [], was: {}, doc: null }]);
  expect(await at.kinds()).toEqual(['one accepted', 'one accepted', 'two conflict']);
  const [, , held] = await at.store.history('main', key);
  expect(held?.decisions).toMatchObject([{ field: '*', rule: 'change-beats-deletion' }]);
});
