import { fold } from './fold.ts';

/** A stretch of a text and the term that it is found by. */
export interface Term {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** In scripts without spaces, where a term is two characters long: the end of the first. */
  readonly firstEnd?: number;
}

/** The terms of a text. */
export interface Terms {
  /** One after the other as they stand in the text: a phrase matches where its terms follow each other. */
  readonly words: readonly Term[];
  /** Words that a hyphen or the like holds together, as one: `AB-1234` is found by `ab1234` too. */
  readonly compounds: readonly Term[];
}

/** Raise it when texts are split or folded in another way: indexes that were made before are then made again. */
export const TERMS_VERSION = 1;

/** Longest term in UTF-16 units; longer words are compared by their beginning. */
export const MAX_TERM = 64;

/**
 * Splits a text into terms: words in lower case and without accents. Scripts that are written without spaces are split
 * into overlapping pairs of characters, so that any part of a sentence is found as a phrase of pairs.
 */
export function termsOf(text: string): Terms {
  const words: Term[] = [];
  const compounds: Term[] = [];
  let chain: Run[] = [];
  for (const { 0: run, index } of text.matchAll(RUN)) {
    const term: Run = { text: run, start: index, end: index + run.length };
    if (!holdsTogether(text, chain.at(-1), term)) {
      addCompound(compounds, chain);
      chain = [];
    }
    chain.push(term);
    addWords(words, term);
  }
  addCompound(compounds, chain);
  return { words, compounds };
}

type Run = Omit<Term, 'firstEnd'>;

const RUN = /[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu;
const ASCII = /^[a-z0-9]+$/i;
const UNSPACED = [
  // With the signs that several of them share.
  ...['Han', 'Hira', 'Kana', 'Bopo', 'Hang'].map((script) => `\\p{scx=${script}}`),
  ...['Yiii', 'Thai', 'Laoo', 'Khmr', 'Mymr', 'Tibt', 'Tale', 'Talu', 'Lana', 'Java', 'Bali'].map(
    (script) => `\\p{sc=${script}}`,
  ),
].join('');
const PIECE = new RegExp(`(?<unspaced>[${UNSPACED}][${UNSPACED}\\p{M}]*)|[^${UNSPACED}]+`, 'gu');
/** A character with its marks. The two half-width sound marks are letters to Unicode and marks to Japanese. */
const CHARACTER = /.[\p{M}\uff9e\uff9f]*/gsu;
const JOINERS = new Set([..."-_/'&+.\u00b7\u2010\u2011\u2012\u2013\u2019"]);

function addWords(words: Term[], run: Run): void {
  if (ASCII.test(run.text)) {
    words.push({ ...run, text: cut(run.text.toLowerCase()) });
    return;
  }
  for (const { 0: piece, index, groups } of run.text.matchAll(PIECE)) {
    const start = run.start + index;
    if (groups?.['unspaced'] !== undefined) addPairs(words, { text: piece, start, end: start + piece.length });
    else addWord(words, { text: piece, start, end: start + piece.length });
  }
}

function addWord(words: Term[], { text, start, end }: Run): void {
  const folded = cut(fold(text));
  if (folded !== '') words.push({ text: folded, start, end });
}

/** The last character stands alone, so that it is found too. */
function addPairs(words: Term[], piece: Run): void {
  const characters = [...piece.text.matchAll(CHARACTER)]
    .map(({ 0: text, index }) => {
      const start = piece.start + index;
      return { text: fold(text), start, end: start + text.length };
    })
    .filter(({ text }) => text !== '');
  for (const [at, { text, start, end }] of characters.entries()) {
    const next = characters[at + 1];
    words.push({ text: text + (next?.text ?? ''), start, end: next?.end ?? end, firstEnd: end });
  }
}

/** True for one joining character between two words; a point between digits is that of a number. */
function holdsTogether(text: string, before: Run | undefined, { start }: Run): boolean {
  if (before === undefined || start - before.end !== 1) return false;
  const joiner = text[before.end] ?? '';
  if (joiner !== '.') return JOINERS.has(joiner);
  return !(isDigit(text[before.end - 1]) && isDigit(text[start]));
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

function addCompound(compounds: Term[], chain: readonly Run[]): void {
  const [first, last] = [chain[0], chain.at(-1)];
  if (chain.length < 2 || first === undefined || last === undefined) return;
  const text = cut(chain.map((run) => fold(run.text)).join(''));
  if (text !== '') compounds.push({ text, start: first.start, end: last.end });
}

function cut(term: string): string {
  if (term.length <= MAX_TERM) return term;
  const end = /[\ud800-\udbff]/.test(term[MAX_TERM - 1] ?? '') ? MAX_TERM - 1 : MAX_TERM;
  return term.slice(0, end);
}
