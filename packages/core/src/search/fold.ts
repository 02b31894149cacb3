/**
 * Writes a word as search compares it: in lower case, without accents and vowel points, in one form where Unicode has
 * several (full width, ligatures, composed or not), with the Latin letters that have no accent to lose spelled out.
 */
export function fold(word: string): string {
  if (PLAIN.test(word)) return word.toLowerCase();
  const bare = word.toLowerCase().normalize('NFKD').replace(MARKS, '').toLowerCase();
  return bare
    .replace(SPELLED, (letter) => SPELLING.get(letter) ?? letter)
    .normalize('NFC')
    .replace(NO_WORD, '');
}

const PLAIN = /^[a-z0-9]*$/i;
/** Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic, and what only selects a glyph; others are vowels. */
const MARKS = new RegExp(
  `[${[
    ...[
      '\\u0300-\\u036f',
      '\\u0483-\\u0487',
      '\\u1ab0-\\u1aff',
      '\\u1dc0-\\u1dff',
      '\\u20d0-\\u20ff',
      '\\ufe00-\\ufe0f\\ufe20-\\ufe2f',
    ],
    ...['\\u0591-\\u05bd', '\\u05bf', '\\u05c1-\\u05c2', '\\u05c4-\\u05c5', '\\u05c7'],
    ...['\\u0610-\\u061a', '\\u064b-\\u065f', '\\u0670'],
  ].join('')}]`,
  'g',
);
const NO_WORD = /[^\p{L}\p{N}\p{M}]/gu;
const SPELLING: ReadonlyMap<string, string> = new Map([
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['ø', 'o'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['ħ', 'h'],
  ['ł', 'l'],
  ['ŧ', 't'],
  ['þ', 'th'],
  ['ı', 'i'],
  ['ς', 'σ'],
]);
const SPELLED = new RegExp(`[${[...SPELLING.keys()].join('')}]`, 'g');
