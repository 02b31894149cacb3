import { expect, test } from 'vitest';
import type { Binding } from '../../../apps/sync-server/src/reconcile/binding.ts';
import type { Question } from '../../../apps/sync-server/src/reconcile/questions.ts';
import { comparisonOf } from '../../support/comparison.ts';
import { articleBinding, type Bench, openBench } from '../../support/engine.ts';
import { createNastySystem, type NastyOptions, type NastySystem } from '../../support/nasty-system.ts';

function askingBinding(over: Partial<Binding> = {}): Binding {
  const fields = {
    name: { merge: 'ask' },
    note: { merge: 'ask' },
    price: { from: 'there' },
    tag: { from: 'here' },
  } as const;
  return articleBinding({ fields: { ...fields, stock: { merge: 'sum' } }, ...over });
}

/** An article whose name was changed here and over there. */
async function asked(options: NastyOptions = {}, bindings: readonly Binding[] = [askingBinding()]) {
  const erp = createNastySystem(options);
  erp.insert('a1', { name: 'old', note: 'old', price: 1, stock: 10 });
  const pim = createNastySystem();
  const bench = await openBench({ nasty: { erp, pim }, bindings });
  erp.edit('a1', { name: 'Theirs' });
  await bench.edit('items-a1', { name: 'Ours' });
  await settle(bench);
  return { erp, pim, bench, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
}

async function settle(bench: Bench): Promise<void> {
  await bench.engine.idle();
  await bench.engine.pullNow('erp');
  await bench.engine.idle();
}

async function theQuestion(bench: Bench): Promise<Question> {
  const open = await bench.engine.questions();
  expect(open).toHaveLength(1);
  return open[0] as Question;
}

const there = (erp: NastySystem) => erp.records.get('a1')?.data;

test('a field that both sides changed stays on both as it is, and a person is asked', async () => {
  await using place = await asked();
  const { erp, bench } = place;
  expect(await bench.read('items-a1')).toMatchObject({ name: 'Ours' });
  expect(there(erp)).toMatchObject({ name: 'Theirs' });
  const question = await theQuestion(bench);
  expect(question).toMatchObject({
    scope: 'main',
    datastore: 'article',
    id: 'items-a1',
    field: 'name',
    system: 'erp',
    stream: 'items',
    key: 'a1',
    base: 'old',
    here: 'Ours',
    there: 'Theirs',
  });
  expect((await bench.store.summary()).questions).toBe(1);
  expect(await bench.pending()).toBe(0);
  await bench.restart();
  expect(await bench.engine.questions()).toEqual([question]);
});

test('meanwhile the other fields of the document flow, in both directions', async () => {
  await using place = await asked();
  const { erp, bench } = place;
  erp.edit('a1', { price: 7, stock: 15 });
  await bench.edit('items-a1', { tag: 'new', note: 'new', stock: 8 });
  await settle(bench);
  await settle(bench);
  const rest = { price: 7, tag: 'new', note: 'new', stock: 13 };
  expect(await bench.read('items-a1')).toMatchObject({ ...rest, name: 'Ours' });
  expect(there(erp)).toMatchObject({ ...rest, name: 'Theirs' });
  for (const write of erp.applied) expect('patch' in write && write.patch).not.toHaveProperty('name');
});

test('what either side says later is what is asked about, since when it was asked first', async () => {
  await using place = await asked();
  const { erp, bench } = place;
  const before = await theQuestion(bench);
  erp.edit('a1', { name: 'Theirs 2' });
  await bench.edit('items-a1', { name: 'Ours 2' });
  await settle(bench);
  const after = await theQuestion(bench);
  expect(after).toMatchObject({ base: 'old', here: 'Ours 2', there: 'Theirs 2', since: before.since });
  expect(after.question).not.toBe(before.question);
});

test.each([
  ['here', 'Ours'],
  ['there', 'Theirs'],
  ['of its own', 'Both'],
] as const)('an answer, %s, is what both sides have, for good', async (which, value) => {
  await using place = await asked();
  const { erp, bench } = place;
  const { question } = await theQuestion(bench);
  const answer = which === 'of its own' ? { value } : { take: which };
  await bench.engine.answer({ question, answer });
  expect(await bench.engine.questions()).toEqual([]);
  await settle(bench);
  expect(await bench.read('items-a1')).toMatchObject({ name: value });
  expect(there(erp)).toMatchObject({ name: value });
  const head = await bench.store.head('main');
  await bench.restart();
  await bench.engine.scanNow('erp', 'items', { full: true });
  await settle(bench);
  expect(await bench.store.head('main')).toEqual(head);
  expect(await bench.pending()).toBe(0);
  expect(await bench.store.decisions({ limit: 1 })).toMatchObject([
    { field: 'name', rule: `answer:${which === 'of its own' ? 'value' : which}`, by: '@operator', result: value },
  ]);
});

test('an answer to a question that has moved on is refused and changes nothing', async () => {
  await using place = await asked();
  const { erp, bench } = place;
  const { question } = await theQuestion(bench);
  await bench.edit('items-a1', { name: 'Ours 2' });
  const head = await bench.store.head('main');
  await expect(bench.engine.answer({ question, answer: { take: 'there' } })).rejects.toMatchObject({
    code: 'QUESTION_STALE',
    message: expect.stringContaining('"Ours 2"'),
  });
  erp.edit('a1', { name: 'Theirs 2' });
  await settle(bench);
  await expect(bench.engine.answer({ question, answer: { take: 'here' } })).rejects.toMatchObject({
    code: 'QUESTION_STALE',
  });
  expect(await bench.store.head('main')).toEqual(head);
  expect(await theQuestion(bench)).toMatchObject({ here: 'Ours 2', there: 'Theirs 2' });
});

test('an answer that comes after a change over there that nobody has read leads to a new question', async () => {
  await using place = await asked();
  const { erp, bench } = place;
  const { question } = await theQuestion(bench);
  erp.edit('a1', { name: 'Theirs 2' });
  await bench.engine.answer({ question, answer: { take: 'here' } });
  await settle(bench);
  expect(there(erp)).toMatchObject({ name: 'Theirs 2' });
  expect(await bench.read('items-a1')).toMatchObject({ name: 'Ours' });
  expect(await theQuestion(bench)).toMatchObject({ base: 'Theirs', here: 'Ours', there: 'Theirs 2' });
});

test('a question that is answered, or never was, is not open', async () => {
  await using place = await asked();
  const { bench } = place;
  const { question } = await theQuestion(bench);
  const answered = { question, answer: { take: 'here' } } as const;
  await bench.engine.answer(answered);
  await expect(bench.engine.answer(answered)).rejects.toMatchObject({ code: 'QUESTION_UNKNOWN' });
  await expect(bench.engine.answer({ ...answered, question: 'x' })).rejects.toMatchObject({ code: 'QUESTION_UNKNOWN' });
});

test('a value that the document cannot have is refused and the question stays', async () => {
  await using place = await asked();
  const { bench } = place;
  const { question } = await theQuestion(bench);
  for (const value of [7, null, 'x'.repeat(101)]) {
    await expect(bench.engine.answer({ question, answer: { value } })).rejects.toMatchObject({
      code: 'DOCUMENT_INVALID',
    });
  }
  expect((await theQuestion(bench)).question).toBe(question);
});

const SETTLES: readonly [string, (at: Awaited<ReturnType<typeof asked>>) => unknown, string][] = [
  ['here says what is there', ({ bench }) => bench.edit('items-a1', { name: 'Theirs' }), 'Theirs'],
  ['there says what is here', ({ erp }) => erp.edit('a1', { name: 'Ours' }), 'Ours'],
  ['here goes back to the base', ({ bench }) => bench.edit('items-a1', { name: 'old' }), 'Theirs'],
  ['there goes back to the base', ({ erp }) => erp.edit('a1', { name: 'old' }), 'Ours'],
];

test.each(SETTLES)('a question settles itself where %s', async (_says, change, value) => {
  await using place = await asked();
  const { erp, bench } = place;
  await change(place);
  await settle(bench);
  await settle(bench);
  expect(await bench.engine.questions()).toEqual([]);
  expect((await bench.store.summary()).questions).toBe(0);
  expect(await bench.read('items-a1')).toMatchObject({ name: value });
  expect(there(erp)).toMatchObject({ name: value });
  expect(await bench.pending()).toBe(0);
});

test.each([{ digests: true }, { digests: false }])(
  'a comparison says that it waits and repairs nothing (%o)',
  async (o) => {
    await using place = await asked(o);
    const { erp, bench } = place;
    for (let index = 0; index < 5; index += 1) erp.insert(`b${index}`, { name: 'same' });
    await settle(bench);
    const head = await bench.store.head('main');
    for (const repair of [false, true]) {
      if (repair) await bench.engine.scanNow('erp', 'items');
      else await bench.engine.compareNow('erp', 'items');
      await bench.engine.idle();
      const { counts, examples } = await comparisonOf(bench);
      expect(counts).toMatchObject({ same: 5, different: 0, pending: 1 });
      expect(examples).toMatchObject([
        { is: 'pending', id: 'items-a1', repair: 'none', reason: expect.stringContaining('a person is asked') },
      ]);
    }
    expect(await bench.store.head('main')).toEqual(head);
    expect(there(erp)).toMatchObject({ name: 'Theirs' });
    expect(await theQuestion(bench)).toMatchObject({ here: 'Ours', there: 'Theirs' });
  },
);

test('a comparison repairs the other fields of a document that is asked about', async () => {
  await using place = await asked();
  const { erp, bench } = place;
  erp.editUnseen('a1', { price: 9 });
  await bench.engine.scanNow('erp', 'items');
  await bench.engine.idle();
  expect(await bench.read('items-a1')).toMatchObject({ price: 9, name: 'Ours' });
  expect(await theQuestion(bench)).toMatchObject({ here: 'Ours', there: 'Theirs' });
});

test('a document and a record that meet for the first time are asked about where they differ', async () => {
  const erp = createNastySystem();
  await using bench = await openBench({
    nasty: { erp },
    bindings: [askingBinding({ creates: false, match: ({ tag }) => String(tag ?? '') })],
  });
  await bench.write('mine', { name: 'Mine', note: 'here only' });
  erp.insert('a1', { name: 'Theirs', tag: 'mine', price: 3 });
  await settle(bench);
  expect(await bench.read('mine')).toMatchObject({ name: 'Mine', note: 'here only', price: 3 });
  expect(there(erp)).toMatchObject({ name: 'Theirs', note: 'here only' });
  expect(await theQuestion(bench)).toMatchObject({ base: null, here: 'Mine', there: 'Theirs' });
});

test('another system is told of the answer', async () => {
  const passing = { name: { from: 'here' } } as const;
  const match = () => 'items-a1';
  const other = askingBinding({ system: 'pim', fields: passing, match, idFor: match });
  await using place = await asked({}, [askingBinding(), other]);
  const { bench, pim } = place;
  expect([...pim.records.values()].map(({ data }) => data.name)).toEqual(['Ours']);
  const { question } = await theQuestion(bench);
  await bench.engine.answer({ question, answer: { take: 'there' } });
  await settle(bench);
  expect([...pim.records.values()].map(({ data }) => data.name)).toEqual(['Theirs']);
});

test('where the rule is another one after a restart, the next reading decides by that', async () => {
  await using place = await asked();
  const { erp, bench } = place;
  await bench.restart({ bindings: [askingBinding({ fields: { name: { merge: 'there' } } })] });
  expect(await bench.engine.questions()).toEqual([]);
  await bench.edit('items-a1', { tag: 'touched' });
  await settle(bench);
  expect(await bench.read('items-a1')).toMatchObject({ name: 'Theirs' });
  expect(there(erp)).toMatchObject({ name: 'Theirs' });
});

test('a document that is deleted, or whose record is, is not asked about', async () => {
  await using deletedHere = await asked();
  await deletedHere.bench.write('items-a1', null);
  expect(await deletedHere.bench.engine.questions()).toEqual([]);
  await settle(deletedHere.bench);
  expect(deletedHere.erp.records.size).toBe(0);
  await using deletedThere = await asked();
  deletedThere.erp.remove('a1');
  await settle(deletedThere.bench);
  expect(await deletedThere.bench.engine.questions()).toEqual([]);
  expect(await deletedThere.bench.read('items-a1')).toMatchObject({ name: 'Ours' });
});
