import { expect, test } from 'vitest';
import { articleBinding, openBench } from '../../support/engine.ts';
import { createNastySystem } from '../../support/nasty-system.ts';

const of = (id: string) => ({ datastore: 'article', id });

test('what a record brought is kept by field, with its rule, and what was not taken of it too', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'Nail', price: 1, tag: 'ours' });
  await using bench = await openBench({ nasty: { erp } });
  erp.edit('a1', { price: 2, tag: 'theirs' });
  await bench.engine.pullNow('erp');
  const [made, changed] = await bench.store.history('main', of('items-a1'));
  expect(made).toMatchObject({ kind: 'pulled', by: '@erp', changed: null });
  expect(changed).toMatchObject({
    ...{ kind: 'pulled', by: '@erp', stream: 'items', key: 'a1' },
    changed: { price: { was: 1, is: 2 } },
    rules: { price: 'from:there' },
    refused: { tag: { rule: 'from:here', said: 'theirs' } },
  });
});

test('a field that both sides changed is kept with both values and the rule that won', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'Nail', note: 'old' });
  await using bench = await openBench({ nasty: { erp } });
  await bench.engine.close();
  await bench.edit('items-a1', { name: 'Here', note: 'here' });
  erp.edit('a1', { name: 'There', note: 'there' });
  await bench.restart();
  const history = await bench.store.history('main', of('items-a1'));
  expect(history.find(({ decisions }) => decisions !== undefined)).toMatchObject({
    by: '@erp',
    decisions: [
      { field: 'name', rule: 'merge:there', server: 'Here', proposed: 'There', result: 'There' },
      { field: 'note', rule: 'merge:here', server: 'here', proposed: 'there', result: 'here' },
    ],
  });
});

test('a write is kept with what it told, how it came out, and what the system made of it', async () => {
  const erp = createNastySystem({ makes: (record) => ({ ...record, name: String(record.name).trim() }) });
  await using bench = await openBench({ nasty: { erp } });
  await bench.write('a', { name: 'Nail ', stock: 5 });
  await bench.engine.idle();
  await bench.edit('a', { stock: 3 });
  await bench.engine.idle();
  expect(await bench.store.history('main', of('a'))).toMatchObject([
    { kind: 'accepted', by: 'till' },
    { kind: 'applied', by: '@erp', op: 'create', key: 'k0001', sent: { name: true, stock: true } },
    { kind: 'pulled', by: '@erp', changed: { name: { was: 'Nail ', is: 'Nail' } } },
    { kind: 'accepted', by: 'till', changed: { stock: { was: 5, is: 3 } } },
    { kind: 'applied', op: 'add', amounts: { stock: -2 }, writeId: expect.any(String) },
  ]);
});

test('a write without an answer is kept as unknown, and then as found or as sent again', async () => {
  const erp = createNastySystem();
  await using bench = await openBench({ nasty: { erp } });
  erp.failPushes('cut-after');
  await bench.write('a', { name: 'one' });
  const kinds = async (id: string) => (await bench.store.history('main', of(id))).map(({ kind }) => kind);
  await expect.poll(() => kinds('a'), { timeout: 8_000 }).toEqual(['accepted', 'unknown', 'found']);
  erp.failPushes('cut-before');
  await bench.write('b', { name: 'two' });
  await expect.poll(() => kinds('b'), { timeout: 8_000 }).toEqual(['accepted', 'unknown', 'applied']);
  expect((await bench.store.history('main', of('b'))).at(-1)).toMatchObject({ repeated: 'not-found' });
});

test('each outcome of a write is in the history of its document', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'Nail' });
  await using bench = await openBench({ nasty: { erp } });
  erp.failPushes({ outcome: { is: 'retry', reason: 'busy', afterMs: 1 } }, { outcome: { is: 'conflict' } });
  await bench.edit('items-a1', { note: 'x' });
  const history = () => bench.store.history('main', of('items-a1'));
  await expect.poll(async () => (await history()).at(-1)?.kind, { timeout: 10_000 }).toBe('applied');
  const wanted = ['pulled', 'accepted', 'retry', 'changed-there', 'applied'];
  expect((await history()).map(({ kind }) => kind)).toEqual(wanted);
  erp.failPushes({ outcome: { is: 'rejected', reason: 'too long', field: 'note' } });
  await bench.edit('items-a1', { note: 'y' });
  await bench.engine.idle();
  expect((await history()).at(-1)).toMatchObject({
    kind: 'dead',
    field: 'note',
    reason: 'note: too long',
    attempts: 1,
  });
});

test('a deletion says how it was proven, and one that is held why', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'one' });
  erp.insert('a2', { name: 'two' });
  await using bench = await openBench({ nasty: { erp } });
  erp.remove('a1');
  await bench.engine.pullNow('erp');
  expect((await bench.store.history('main', of('items-a1'))).at(-1)).toMatchObject({
    ...{ kind: 'deleted', by: '@erp', key: 'a1', proof: 'feed' },
  });
  await bench.engine.close();
  await bench.edit('items-a2', { note: 'mine' });
  erp.removeUnseen('a2');
  await bench.restart();
  const kinds = (await bench.store.history('main', of('items-a2'))).map(({ kind }) => kind);
  expect(kinds).toContain('deletion-held');
  expect(kinds.at(-1)).toBe('dead');
});

test('a record that waits, that is set aside and that comes right says so in the history of its document', async () => {
  const erp = createNastySystem();
  erp.insert('a1', { name: 'one' });
  const binding = articleBinding({
    toDocument: (record, ids) => ({
      name: record.name as string,
      ...(record.price === undefined ? {} : { price: record.price }),
      ...(typeof record.parent === 'string' ? { parent: ids.here('items', record.parent) } : {}),
    }),
    fields: { name: { merge: 'there' }, price: { from: 'there' }, parent: { from: 'there' } },
  });
  await using bench = await openBench({ nasty: { erp }, bindings: [binding] });
  const kinds = async () => (await bench.store.history('main', of('items-a1'))).map(({ kind }) => kind);
  erp.edit('a1', { parent: 'a2' });
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(await kinds()).toEqual(['pulled', 'parked']);
  expect(await bench.engine.unused()).toMatchObject([{ is: 'parked', key: 'a1', waitsFor: ['items/a2'] }]);
  erp.insert('a2', { name: 'two' });
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
  expect(await kinds()).toEqual(['pulled', 'parked', 'unparked', 'pulled']);
  erp.edit('a1', { price: -1 });
  await bench.engine.pullNow('erp');
  expect(await bench.engine.unused()).toMatchObject([{ is: 'set-aside', key: 'a1', reason: expect.any(String) }]);
  erp.edit('a1', { price: 1 });
  await bench.engine.pullNow('erp');
  expect((await kinds()).slice(4)).toEqual(['set-aside', 'released', 'pulled']);
  expect(await bench.engine.unused()).toEqual([]);
});
