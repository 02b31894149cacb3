import { MAX_TERM, type Term, termsOf } from './terms.ts';

/**
 * Stands between texts that no phrase may reach across: entries of a list, and the compounds behind the words. It is of
 * a class of characters that no term holds.
 */
export const GAP = '\ue000';

/** The texts in the value of a field: a string, or the strings of a list. Anything else has none. */
export function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : NO_TEXTS;
}

/**
 * What an index is to hold of the value of a field: terms with spaces between them. An index need only split at what is
 * neither an ASCII letter or digit nor above ASCII, and ignore the case of ASCII letters.
 */
export function indexText(value: unknown): string {
  return textsOf(value).map(textOf).join(` ${GAP} `);
}

/** The terms of one text in the order in which an index holds them, gaps included. */
export function indexedTerms(text: string): readonly Term[] {
  const { words, compounds } = termsOf(text);
  return [...words, ...compounds.flatMap((compound) => [{ text: GAP, start: 0, end: 0 }, compound])];
}

const NO_TEXTS: readonly string[] = [];
/** What asks for more than splitting: other letters than ASCII, compounds, words that are too long. */
const NOT_PLAIN = new RegExp(`[^\\x00-\\x7f]|[a-z0-9][-_/'&+.][a-z0-9]|[a-z0-9]{${MAX_TERM + 1}}`, 'i');

/** Most texts are plain, and splitting them twice would cost more than all the rest of a write. */
function textOf(text: string): string {
  if (!NOT_PLAIN.test(text)) return text;
  return indexedTerms(text)
    .map((term) => term.text)
    .join(' ');
}
