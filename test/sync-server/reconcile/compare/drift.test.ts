import { expect, test } from 'vitest';
import { comparisonOf } from '../../../support/comparison.ts';
import { articleBinding, type Bench, openBench } from '../../../support/engine.ts';
import { createNastySystem, type NastySystem } from '../../../support/nasty-system.ts';

const WAYS = [
  ['by digests', true],
  ['by a scan', false],
] as const;

const keyOf = (index: number) => `a${String(index).padStart(4, '0')}`;

async function opened(digests: boolean, count = 60): Promise<Bench & { readonly erp: NastySystem }> {
  const erp = createNastySystem({ digests, pageSize: 7 });
  for (let index = 0; index < count; index += 1)
    erp.insert(keyOf(index), { name: `Article ${index}`, price: 10, stock: 5 });
  const bench = await openBench({ nasty: { erp }, random: () => 0.5 });
  return Object.assign(bench, { erp });
}

const positionOf = async ({ store }: Bench) => (await store.head('main')).position;

test.each(WAYS)('%s each kind of difference is told, and nothing is written', async (_way, digests) => {
  await using bench = await opened(digests);
  const { erp } = bench;
  erp.editUnseen(keyOf(3), { price: 11 });
  erp.editUnseen(keyOf(4), { name: 'Renamed', stock: 6 });
  erp.editUnseen(keyOf(5), { tag: 'theirs' });
  erp.removeUnseen(keyOf(6));
  erp.editUnseen('b-new', { name: 'New' });
  // Changed past the outbox, as by a restored store: nothing is on its way.
  await silently(bench, `items-${keyOf(7)}`, { name: 'Article 7', price: 12, stock: 5 });
  await silently(bench, `items-${keyOf(8)}`, { name: 'Ours', price: 10, stock: 5 });
  await silently(bench, 'mine', { name: 'Only here' });
  const before = await positionOf(bench);
  const applied = erp.applied.length;
  await bench.engine.compareNow('erp', 'items');
  const { counts, fields, examples, repairs } = await comparisonOf(bench);
  expect({ counts, fields, repairs }).toEqual({
    counts: { same: 54, different: 5, missingHere: 1, missingThere: 2, pending: 0, moved: 0 },
    fields: { price: 2, name: 2, stock: 1, tag: 1 },
    repairs: false,
  });
  const told = examples.map(({ is, key, id, repair }) => [is, key, id, repair].join(' ')).sort();
  expect(told).toEqual([
    'different a0003 items-a0003 pull',
    'different a0004 items-a0004 pull',
    'different a0005 items-a0005 push',
    'different a0007 items-a0007 pull',
    'different a0008 items-a0008 push',
    'missing-here b-new items-b-new pull',
    'missing-there  mine push',
    'missing-there a0006 items-a0006 pull',
  ]);
  expect(examples.find(({ key }) => key === keyOf(3))?.fields).toEqual([
    { field: 'price', here: 10, there: 11, repair: 'pull' },
  ]);
  await bench.engine.idle();
  expect(await positionOf(bench)).toEqual(before);
  expect(await bench.pending()).toBe(0);
  expect(erp.applied.length).toBe(applied);
});

test.each(WAYS)('%s a repair brings both sides together by the rules of the fields', async (_way, digests) => {
  await using bench = await opened(digests);
  const { erp } = bench;
  erp.editUnseen(keyOf(3), { price: 11 });
  erp.editUnseen(keyOf(5), { tag: 'theirs' });
  erp.removeUnseen(keyOf(6));
  erp.editUnseen('b-new', { name: 'New' });
  await silently(bench, `items-${keyOf(7)}`, { name: 'Article 7', price: 12, stock: 5 });
  await silently(bench, `items-${keyOf(8)}`, { name: 'Ours', price: 10, stock: 9 });
  await silently(bench, 'mine', { name: 'Only here' });
  await bench.engine.scanNow('erp', 'items');
  await bench.engine.idle();
  expect((await comparisonOf(bench)).counts).toMatchObject({ different: 4, missingHere: 1, missingThere: 2 });
  expect(await bench.read(`items-${keyOf(3)}`)).toMatchObject({ price: 11 });
  expect(await bench.read(`items-${keyOf(6)}`)).toBeNull();
  expect(await bench.read('items-b-new')).toMatchObject({ name: 'New' });
  expect(await bench.read(`items-${keyOf(7)}`)).toMatchObject({ price: 10 });
  expect(erp.records.get(keyOf(5))?.data).toMatchObject({ tag: null });
  expect(erp.records.get(keyOf(8))?.data).toMatchObject({ name: 'Ours', stock: 9 });
  expect([...erp.records.values()].filter(({ data }) => data.name === 'Only here')).toHaveLength(1);
  const written = erp.applied.length;
  await bench.engine.scanNow('erp', 'items');
  await bench.engine.idle();
  const { same, ...rest } = (await comparisonOf(bench)).counts;
  expect(rest).toEqual({ different: 0, missingHere: 0, missingThere: 0, pending: 0, moved: 0 });
  expect(same).toBe(61);
  expect(erp.applied.length).toBe(written);
});

test.each(WAYS)('%s what is on its way or held is pending, and is not touched', async (_way, digests) => {
  await using bench = await opened(digests);
  const { erp } = bench;
  erp.failPushes({ outcome: { is: 'rejected', reason: 'no' } });
  await bench.edit(`items-${keyOf(1)}`, { name: 'Refused' });
  await bench.engine.idle();
  erp.failPushes({ outcome: { is: 'retry', reason: 'later', afterMs: 60_000 } });
  await bench.edit(`items-${keyOf(2)}`, { name: 'Waits' });
  await bench.engine.idle();
  erp.failPushes({ outcome: { is: 'retry', reason: 'later', afterMs: 60_000 } });
  await bench.write('mine', { name: 'Waits too' });
  await bench.engine.idle();
  erp.editUnseen(keyOf(2), { price: 77 });
  const applied = erp.applied.length;
  await bench.engine.scanNow('erp', 'items');
  const { counts, examples } = await comparisonOf(bench);
  expect(counts).toMatchObject({ different: 0, missingThere: 0, pending: 3 });
  expect(examples.map(({ id, reason }) => `${id}: ${reason}`).sort()).toEqual([
    'items-a0001: A dead letter holds the changes of the document.',
    'items-a0002: Changes of the document are on their way.',
    'mine: Changes of the document are on their way.',
  ]);
  // What came from there is merged all the same, and what was written here stays.
  expect(await bench.read(`items-${keyOf(2)}`)).toMatchObject({ name: 'Waits', price: 77 });
  expect(await bench.read(`items-${keyOf(1)}`)).toMatchObject({ name: 'Refused' });
  expect(erp.applied.length).toBe(applied);
});

test.each(WAYS)('%s records that have all disappeared stop at the brake', async (_way, digests) => {
  await using bench = await opened(digests);
  for (const key of [...bench.erp.records.keys()].slice(0, 20)) bench.erp.removeUnseen(key);
  await bench.engine.compareNow('erp', 'items');
  expect(await comparisonOf(bench)).toMatchObject({ braked: true, repairs: false });
  await bench.engine.scanNow('erp', 'items');
  const braked = await comparisonOf(bench);
  expect(braked).toMatchObject({ braked: true, repairs: true, notes: [expect.stringContaining('--allow-mass')] });
  expect((await bench.all()).size).toBe(60);
  await bench.engine.scanNow('erp', 'items', { allowMassDelete: true });
  expect(await comparisonOf(bench)).toMatchObject({ braked: false, counts: { same: 40, missingThere: 20 } });
  expect((await bench.all()).size).toBe(40);
});

test('documents that nobody ever created over there are not created in masses', async () => {
  await using bench = await opened(true, 10);
  for (let index = 0; index < 6; index += 1) await silently(bench, `mine-${index}`, { name: `Mine ${index}` });
  await bench.engine.scanNow('erp', 'items');
  expect(await comparisonOf(bench)).toMatchObject({ braked: true, counts: { missingThere: 6 } });
  await bench.engine.idle();
  expect(bench.erp.records.size).toBe(10);
  await bench.engine.scanNow('erp', 'items', { allowMassDelete: true });
  await bench.engine.idle();
  expect(bench.erp.records.size).toBe(16);
});

test('changes of both sides that arrive meanwhile are kept, and counted as moved', async () => {
  await using bench = await opened(true);
  const { erp } = bench;
  erp.editUnseen(keyOf(3), { price: 11 });
  erp.editUnseen(keyOf(4), { name: 'Theirs' });
  const stream = erp.connector.streams.items;
  const digest = stream?.digest;
  if (!stream || !digest) throw new Error('the stream has no digest');
  let meanwhile: () => Promise<void> = async () => {
    erp.editUnseen(keyOf(3), { price: 12 });
    erp.editUnseen(keyOf(9), { price: 13 });
    await bench.edit(`items-${keyOf(4)}`, { note: 'ours' });
    await bench.edit(`items-${keyOf(5)}`, { name: 'Ours' });
  };
  Object.assign(stream, {
    digest: async (...[request, context]: Parameters<typeof digest>) => {
      const answers = await digest(request, context);
      if (request.list > 0) {
        await meanwhile();
        meanwhile = async () => {};
      }
      return answers;
    },
  });
  await bench.engine.scanNow('erp', 'items');
  expect((await comparisonOf(bench)).counts).toMatchObject({ moved: 1, different: 0, pending: expect.any(Number) });
  await bench.engine.idle();
  await bench.engine.scanNow('erp', 'items');
  await bench.engine.idle();
  expect(await bench.read(`items-${keyOf(3)}`)).toMatchObject({ price: 12 });
  expect(await bench.read(`items-${keyOf(4)}`)).toMatchObject({ name: 'Theirs', note: 'ours' });
  expect(await bench.read(`items-${keyOf(9)}`)).toMatchObject({ price: 13 });
  expect(erp.records.get(keyOf(4))?.data).toMatchObject({ name: 'Theirs', note: 'ours' });
  expect(erp.records.get(keyOf(5))?.data).toMatchObject({ name: 'Ours' });
});

test('a mapping that was raised reads everything once, and digests are good again after', async () => {
  await using bench = await opened(true);
  const raised = articleBinding({
    mapping: 2,
    toDocument: (record) => ({ ...record, price: Number(record.price) + 1 }),
  });
  await bench.restart({ bindings: [raised] });
  expect(await bench.read(`items-${keyOf(1)}`)).toMatchObject({ price: 11 });
  await bench.engine.compareNow('erp', 'items');
  expect(await comparisonOf(bench)).toMatchObject({ way: 'digest', counts: { same: 60 } });
});

/** Writes a document that no system is told of. */
async function silently({ store }: Bench, id: string, document: object): Promise<void> {
  const key = { datastore: 'article', id };
  await store.write({ scope: 'main', documents: [key] }, (current) => {
    const body = JSON.stringify({ ...document, id });
    const base = current.document(key)?.version ?? null;
    const from = { system: 'erp', stream: 'items' };
    return { documents: [{ ...key, body, schemaVersion: 0, author: 'restore', base, from }], result: undefined };
  });
}
