import { highlightsOf, parseQuery } from '@datastores/core/search';
import fc from 'fast-check';
import { expect, test } from 'vitest';

function marked(query: string, document: object, length = 200): string[] {
  const { clauses } = parseQuery(query);
  return highlightsOf({ clauses, fields: ['name', 'keywords'], length }, document).map(
    ({ field, entry, start, pieces }) =>
      `${field}${entry === undefined ? '' : `[${entry}]`}@${start}: ${pieces.map((piece) => (piece.match ? `[${piece.text}]` : piece.text)).join('')}`,
  );
}

test('matches are marked in every field and entry that has some, as they are written there', () => {
  const document = { name: 'Blaue GRÖSSE, größer', keywords: ['klein', 'Groß Größen', 'größe'], other: 'größe' };
  expect(marked('größe', document)).toEqual([
    'name@0: Blaue [GRÖSSE], [größer]',
    'keywords[1]@0: Groß [Größen]',
    'keywords[2]@0: [größe]',
  ]);
});

test('phrases, codes and pairs of characters are marked as a whole', () => {
  expect(marked('"red shoe"', { name: 'A red shoe, not a red lace' })).toEqual([
    'name@0: A [red shoe], not a red lace',
  ]);
  expect(marked('ab1234', { name: 'No AB-1234 here' })).toEqual(['name@0: No [AB-1234] here']);
  expect(marked('京都', { name: '東京都庁' })).toEqual(['name@0: 東[京都]庁']);
  expect(marked('京', { name: '東京都庁' })).toEqual(['name@0: 東[京]都庁']);
});

test('texts are pieces of text, whatever markup they hold', () => {
  const [highlight] = highlightsOf(
    { clauses: parseQuery('shoe').clauses, fields: ['name'], length: 200 },
    { name: '<b>shoe</b>' },
  );
  expect(highlight?.pieces).toEqual([
    { text: '<b>', match: false },
    { text: 'shoe', match: true },
    { text: '</b>', match: false },
  ]);
});

test('of a long text the stretch with the most matches is shown, beginning at a word', () => {
  const words = Array.from({ length: 200 }, (_, at) => `word${at}`);
  words[20] = 'shoe';
  words[120] = 'shoe';
  words[123] = 'shoes';
  const [text = ''] = marked('shoe', { name: words.join(' ') }, 60);
  expect(text).toMatch(/^name@\d+: word11\d .*\[shoe\] word121 word122 \[shoes\] /);
  expect(text.replace(/^.*?: |[[\]]/g, '').length).toBeLessThanOrEqual(60);
});

test('pieces put together are the text, matches never overlap, and no character is cut in half', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', 'A', ' ', '-', 'ä', '東', '京', '👟', '\u0301'),
    maxLength: 60,
  });
  fc.assert(
    fc.property(text, text, fc.integer({ min: 1, max: 80 }), (name, query, length) => {
      const { clauses } = parseQuery(query);
      for (const { start, pieces } of highlightsOf({ clauses, fields: ['name'], length }, { name })) {
        const shown = pieces.map((piece) => piece.text).join('');
        expect(name.slice(start, start + shown.length)).toBe(shown);
        if (name.length <= length) expect(shown).toBe(name);
        expect(shown.length).toBeLessThanOrEqual(length + 1);
        expect(pieces.every((piece) => piece.text !== '')).toBe(true);
        expect(pieces.some((piece) => piece.match)).toBe(true);
        expect(/^[\udc00-\udfff]|[\ud800-\udbff]$/.test(shown)).toBe(false);
      }
    }),
    { numRuns: 1_000 },
  );
});
