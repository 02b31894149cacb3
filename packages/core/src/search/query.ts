import { termsOf } from './terms.ts';

/** Terms that follow each other. With `prefix`, the last is the beginning of a word. */
export interface Phrase {
  readonly terms: readonly string[];
  readonly prefix: boolean;
}

/** Phrases of which a document must hold one. */
export type Clause = readonly Phrase[];

/** Most terms of a query that count; what somebody pastes by mistake must not become a thousand conditions. */
export const MAX_TERMS = 32;

/** Shortest beginning that is completed to words. Shorter ones match everything at a price, so they count as words. */
export const MIN_PREFIX = 3;

/** What a user typed. */
export interface ParsedQuery {
  /** A document must fulfil all of them. */
  readonly clauses: readonly Clause[];
  /** True if the last word may be the beginning of one and is too short to be completed. */
  readonly unfinished: boolean;
}

/**
 * Reads what a user typed. Words between quotes are a phrase, a word that ends in `*` and the last word are beginnings,
 * everything else is text: there is no input that is an error.
 */
export function parseQuery(input: string): ParsedQuery {
  const parts = [...input.matchAll(PART)].map(partOf).filter((part) => termsOf(part.text).words.length > 0);
  const typing = parts.at(-1)?.closed === false ? parts.pop() : undefined;
  const finished = parts.map(clauseOf);
  if (typing === undefined) return { clauses: limited(withoutRepeats(finished)), unfinished: false };
  const last = clauseOf({ ...typing, prefix: true });
  const clauses = limited(withoutRepeats([...finished, last]));
  return { clauses, unfinished: clauses.at(-1) === last && isShort(typing.text) && last.every((one) => !one.prefix) };
}

interface Part {
  readonly text: string;
  readonly quoted: boolean;
  /** False for a word, and for a phrase whose end has not been typed yet. */
  readonly closed: boolean;
  readonly prefix: boolean;
}

const QUOTES = '"\u201c\u201d\u201e';
const PART = new RegExp(`[${QUOTES}](?<phrase>[^${QUOTES}]*)(?<end>[${QUOTES}])?|(?<word>[^\\s${QUOTES}]+)`, 'gu');

function partOf({ groups = {} }: RegExpMatchArray): Part {
  const { phrase, end, word = '' } = groups;
  if (phrase !== undefined) return { text: phrase, quoted: true, closed: end !== undefined, prefix: false };
  return { text: word, quoted: false, closed: false, prefix: word.endsWith('*') };
}

/** A word of several parts, such as a number with hyphens, is looked for as it stands and as one. */
function clauseOf({ text, quoted, prefix }: Part): Clause {
  const { words, compounds } = termsOf(text);
  const clause = [phraseOf(words, prefix)];
  const [compound] = compounds;
  const whole = compound !== undefined && compound.start === words[0]?.start && compound.end === words.at(-1)?.end;
  if (!quoted && whole) clause.push(phraseOf([compound], prefix));
  return clause;
}

function phraseOf(
  words: readonly { readonly text: string; readonly firstEnd?: number; readonly end: number }[],
  prefix: boolean,
): Phrase {
  const last = words.at(-1);
  if (last?.firstEnd === undefined) {
    return { terms: words.map(({ text }) => text), prefix: prefix && isPrefix(last?.text ?? '') };
  }
  // The last character of a script without spaces is the end of a pair, and of a term only at the end of a text.
  const inPairs = words.at(-2)?.firstEnd !== undefined && words.at(-2)?.end === last.end;
  return { terms: (inPairs ? words.slice(0, -1) : words).map(({ text }) => text), prefix: !inPairs };
}

function isShort(text: string): boolean {
  const last = termsOf(text).words.at(-1);
  return last !== undefined && last.firstEnd === undefined && !isPrefix(last.text);
}

function isPrefix(text: string): boolean {
  return [...text].length >= MIN_PREFIX;
}

function withoutRepeats(clauses: readonly Clause[]): readonly Clause[] {
  return [...new Map(clauses.map((clause) => [JSON.stringify(clause), clause])).values()];
}

function limited(clauses: readonly Clause[]): readonly Clause[] {
  let left = MAX_TERMS;
  const kept: Clause[] = [];
  for (const clause of clauses) {
    if (left <= 0) break;
    const allowed = left;
    left -= clause[0]?.terms.length ?? 0;
    kept.push(left < 0 ? clause.map((phrase) => shortened(phrase, allowed)) : clause);
  }
  return kept;
}

function shortened({ terms, prefix }: Phrase, allowed: number): Phrase {
  return terms.length <= allowed ? { terms, prefix } : { terms: terms.slice(0, allowed), prefix: false };
}
