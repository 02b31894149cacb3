import fc from 'fast-check';
import { expect } from 'vitest';
import { completion, idsOf } from './place.ts';
import type { Check } from './test-case.ts';

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

/** Whatever somebody types or pastes. */
export function hostileInputTests(check: Check): void {
  for (const input of HOSTILE)
    check(`no input is a syntax error: ${JSON.stringify(input).slice(0, 40)}`, async (place) => {
      const stores = await place.open();
      await completion(stores);
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

  check('arbitrary text finds the document that consists of it, and breaks nothing', async (place) => {
    const stores = await place.open();
    await completion(stores);
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
}
