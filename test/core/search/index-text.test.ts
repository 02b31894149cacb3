import { indexText, matchesDocument, parseQuery } from '@datastores/core/search';
import fc from 'fast-check';
import { expect, test } from 'vitest';

/** Splits as an index does that knows ASCII only. */
function indexed(value: unknown): string[] {
  return indexText(value)
    .split(/[^a-zA-Z0-9\u0080-\u{10ffff}]+/u)
    .filter((term) => term !== '')
    .map((term) => term.replace(/[A-Z]/g, (letter) => letter.toLowerCase()));
}

const GAP = '\ue000';

test('a text is indexed as its terms, with compounds behind a gap that no phrase reaches across', () => {
  expect(indexed('Red Shoe')).toEqual(['red', 'shoe']);
  expect(indexed('The AB-1234/xl shoe')).toEqual(['the', 'ab', '1234', 'xl', 'shoe', GAP, 'ab1234xl']);
  expect(indexed(['red shoes', 'lace'])).toEqual(['red', 'shoes', GAP, 'lace']);
  expect(indexed('東京タワー')).toEqual(['東京', '京タ', 'タワ', 'ワー', 'ー']);
  expect(indexed('서울 가을')).toEqual(['서울', '울', '가을', '을']);
  expect(indexed('हिन्दी')).toEqual(['हिन्दी']);
});

test('what is no text is not indexed', () => {
  for (const value of [undefined, null, 7, true, {}, [], [7, null]]) expect(indexText(value)).toBe('');
});

test('no text, and no character of a class of its own, becomes anything but terms and gaps', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      for (const term of indexed(text)) expect(term === GAP || /^[\p{L}\p{N}\p{M}]{1,64}$/u.test(term)).toBe(true);
    }),
  );
});

test('plain texts, which are indexed as they are, give the same terms as others', () => {
  const ascii = fc.string({ unit: fc.constantFrom(...'abcXYZ019 -_.,/\'&+"()\0\n'), maxLength: 80 });
  fc.assert(
    fc.property(ascii, (text) => {
      // A letter that is none of ASCII's keeps a text from being taken for a plain one.
      const words = (indexedText: string[]) => indexedText.filter((term) => term !== GAP && term !== 'z');
      expect(words(indexed(text))).toEqual(words(indexed(`${text} \u017c`)));
    }),
    { numRuns: 500 },
  );
});

test('every word of a text, every part of a code and every stretch of a sentence without spaces finds it', () => {
  const finds = (query: string, text: string) => matchesDocument(parseQuery(query).clauses, ['text'], { text });
  for (const query of ['ab-1234-xl', 'AB1234XL', '1234', 'xl', 'ab-12', 'ab12', '"1234 xl"', 'art 1234']) {
    expect(finds(query, 'Art. AB-1234-XL, red'), query).toBe(true);
  }
  for (const query of ['ab-1234-xs', '"xl ab1234xl"', '"red ab1234xl"', 'abc']) {
    expect(finds(query, 'Art. AB-1234-XL, red'), query).toBe(false);
  }
  const sentence = '東京都庁舎';
  for (let start = 0; start < sentence.length; start += 1) {
    for (let end = start + 1; end <= sentence.length; end += 1) {
      expect(finds(sentence.slice(start, end), sentence), sentence.slice(start, end)).toBe(true);
    }
  }
  expect(finds('京東', sentence)).toBe(false);
  expect(finds('ผ้าไหม', 'เสื้อผ้าไหมไทย')).toBe(true);
});
