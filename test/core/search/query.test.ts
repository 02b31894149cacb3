import { type Clause, parseQuery } from '@datastores/core/search';
import { expect, test } from 'vitest';

/** A query as one writes it down: phrases of one clause between bars, a beginning with a star. */
function read(input: string): string[] {
  return parseQuery(input).clauses.map(written);
}

function written(clause: Clause): string {
  return clause.map(({ terms, prefix }) => `${terms.join(' ')}${prefix ? '*' : ''}`).join(' | ');
}

test('words must all occur; the last one, and one with a star, may be the beginning of a word', () => {
  expect(read('red leather shoe')).toEqual(['red', 'leather', 'shoe*']);
  expect(read('lea* red shoe')).toEqual(['lea*', 'red', 'shoe*']);
  expect(read('  Red\n\tSHOE  ')).toEqual(['red', 'shoe*']);
});

test('what stands between quotes is a phrase of whole words; one that is still being typed may go on', () => {
  expect(read('"red leather" shoe')).toEqual(['red leather', 'shoe*']);
  expect(read('shoe "red leather"')).toEqual(['shoe', 'red leather']);
  expect(read('shoe "red leat')).toEqual(['shoe', 'red leat*']);
  expect(read('„rotes Leder“')).toEqual(['rotes leder']);
});

test('a beginning of less than three letters counts as a word, and as unfinished where it is the last', () => {
  expect(parseQuery('shirt xl')).toEqual({ clauses: parseQuery('"shirt" "xl"').clauses, unfinished: true });
  expect(parseQuery('"shirt" "xl"').unfinished).toBe(false);
  expect(parseQuery('xl shirt').unfinished).toBe(false);
  expect(read('x* shirt')).toEqual(['x', 'shirt*']);
});

test('a code is looked for in its parts one after the other, and as one word', () => {
  expect(read('AB-1234-XL')).toEqual(['ab 1234 xl | ab1234xl*']);
  expect(read('ab-123')).toEqual(['ab 123* | ab123*']);
  expect(read('"AB-1234"')).toEqual(['ab 1234']);
  expect(read("O'Brien")).toEqual(['o brien* | obrien*']);
  expect(read('jane.doe@example.com')).toEqual(['jane doe example com*']);
  expect(read('2.5')).toEqual(['2 5']);
});

test('scripts without spaces are looked for in pairs of characters', () => {
  expect(read('東京')).toEqual(['東京']);
  expect(read('東京都')).toEqual(['東京 京都']);
  expect(read('東')).toEqual(['東*']);
  expect(read('"東京 タワー"')).toEqual(['東京 京 タワ ワー']);
  expect(read('iPhone15ケース')).toEqual(['iphone15 ケー ース']);
});

test('accents, case and forms of the same letter make no difference', () => {
  for (const [one, other] of [
    ['Größe', 'GROSSE'],
    ['Crème Brûlée', 'creme brulee'],
    ['Ærø', 'aero'],
    ['İstanbul', 'istanbul'],
    ['ＡＢＣ１２', 'abc12'],
    ['ﬁnish', 'finish'],
    ['ΟΔΟΣ', 'οδός'],
    ['ёлка', 'елка'],
    ['כּוֹס', 'כוס'],
    ['ｶﾞﾗｽ', 'ガラス'],
    ['e\u0301clair', 'éclair'],
  ] as const) {
    expect(read(one), one).toEqual(read(other));
  }
});

test.each([
  ['', []],
  ['   ', []],
  ['* "" -- ( ) ^ : + NEAR', ['near*']],
  ['a AND b OR NOT c', ['a', 'and', 'b', 'or', 'not', 'c']],
  ['name:red NEAR(a b, 3)', ['name red', 'near a', 'b', '3']],
  ['""""', []],
  ['"*', []],
  ['\0\u0001\ud800', []],
  ['👟 🏃‍♀️', []],
  ['\ue000 \uf8ff', []],
])('there is no syntax to be wrong about: %j', (input, clauses) => {
  expect(read(input)).toEqual(clauses);
});

test('a repeated word counts once, and of a whole page that was pasted the first 32 terms do', () => {
  expect(read('"red" red shoe red')).toEqual(['red', 'shoe', 'red*']);
  const page = Array.from({ length: 3_000 }, (_, at) => `word${at}`);
  expect(read(page.join(' '))).toEqual(page.slice(0, 32));
  expect(read(`"${page.join(' ')}"`)).toEqual([page.slice(0, 32).join(' ')]);
  expect(read(`a ${page.join('-')}`)).toEqual(['a', expect.stringMatching(/^(word\d+ ?){31} \| word0word1.{55}$/)]);
  expect(read('x'.repeat(10_000))).toEqual([`${'x'.repeat(64)}*`]);
});
