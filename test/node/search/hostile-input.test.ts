import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idsOf, searchPlace } from './place.ts';

const HOSTILE = [
  ...['"', '""', '"""', "'", '\\', '*', '**', '^red', 'title:red', 'c0:red', '{c0 c1}:red', '-red', '+red', 'red^2'],
  ...['NOT red', 'red NOT shoe', 'red AND', 'OR', 'NEAR(red shoe, 2)', '(red', 'red)', ')))(((', 'red AND (shoe OR'],
  ...[
    "'; DROP TABLE docs_1; --",
    '%',
    '_',
    'red\0shoe',
    '\0',
    '\u0001',
    '\ud83d',
    '\udc5f red',
    '\ufffe',
    '\ue000',
    '￿',
  ],
  ...['👟', '👟 red', '🏃‍♀️', 'e\u0301\u0301\u0301', '\u202ered', '\u200bred', 'x'.repeat(10_240), 'red '.repeat(2_560)],
  ...['a-'.repeat(5_120), '"'.repeat(10_240), '('.repeat(10_240), '東'.repeat(10_240), '\u0301'.repeat(10_240)],
];

test.each(HOSTILE.map((input) => [input]))('no input is a syntax error: %j', async (input) => {
  await using place = searchPlace();
  const stores = await place.open();
  await stores.note.bulkInsert([
    { id: 'red', title: 'A red shoe' },
    // What is no text to RxDB is none to a document either.
    { id: 'same', title: input.replaceAll(/\p{Surrogate}/gu, '') },
  ]);

  expect(await stores.search('note', input, { highlight: true }).exec()).toMatchObject({
    complete: true,
    problem: null,
  });
  expect(await idsOf(stores, 'red shoe')).toContain('red');
});

test('arbitrary text finds the document that consists of it, and breaks nothing', async () => {
  await using place = searchPlace();
  const stores = await place.open();
  let documents = 0;
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 40 }), async (title) => {
      documents += 1;
      const id = `n${documents}`;
      await stores.note.insert({ id, title });
      const found = await idsOf(stores, `"${title.replaceAll(/["“”„]/g, ' ')}"`, { limit: 1_000 });
      if (/[\p{L}\p{N}]/u.test(title)) expect(found).toContain(id);
    }),
    { numRuns: 150 },
  );
});
