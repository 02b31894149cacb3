import { similarTerms } from './similar-terms.ts';

/** The terms of an index, numbered in the order of their arrival. */
export interface Dictionary {
  /** Number of a term, or undefined. */
  get(term: string): number | undefined;
  /** Number of a term, which becomes one if it is not. */
  add(term: string): number;
  /** Numbers of the terms that begin so. */
  beginning(prefix: string): number[];
  /** Terms of letters that are one or two typing errors away; none for short ones and those with digits. */
  similar(term: string): string[];
  /** All terms, in the order of their numbers. */
  readonly terms: readonly string[];
}

/** New terms are looked through one by one until there are so many; then they are sorted among the others. */
const UNSORTED = 1_024;

/** An empty dictionary, or one of terms whose order (their numbers, sorted by term) is known. */
export function createDictionary(
  terms: string[] = [],
  order: Uint32Array = new Uint32Array(0),
): Dictionary & SortedTerms {
  const numbers = new Map<string, number>();
  let sorted = order;

  function sortIn(): void {
    const recent = Uint32Array.from({ length: terms.length - sorted.length }, (_, at) => sorted.length + at);
    // Not by the rules of a language: the same order on every device, and the one that comparing with < gives.
    const byTerm = [...recent].sort((one, other) => compare(terms[one] as string, terms[other] as string));
    const merged = new Uint32Array(terms.length);
    let from = 0;
    let to = 0;
    for (const number of byTerm) {
      const until = firstNotBelow(terms, sorted, terms[number] as string);
      merged.set(sorted.subarray(from, until), to);
      to += until - from;
      merged[to] = number;
      to += 1;
      from = until;
    }
    merged.set(sorted.subarray(from), to);
    sorted = merged;
  }

  return {
    terms,
    get: (term) => numbers.get(term),
    add(term) {
      const known = numbers.get(term);
      if (known !== undefined) return known;
      const number = terms.length;
      terms.push(term);
      numbers.set(term, number);
      if (terms.length - sorted.length > UNSORTED) sortIn();
      return number;
    },
    beginning(prefix) {
      const found: number[] = [];
      for (let at = firstNotBelow(terms, sorted, prefix); at < sorted.length; at += 1) {
        const number = sorted[at] as number;
        if (!(terms[number] as string).startsWith(prefix)) break;
        found.push(number);
      }
      for (let number = sorted.length; number < terms.length; number += 1) {
        if ((terms[number] as string).startsWith(prefix)) found.push(number);
      }
      return found;
    },
    similar(term) {
      if (sorted.length < terms.length) sortIn();
      const first = String.fromCodePoint(term.codePointAt(0) ?? 0);
      const start = firstNotBelow(terms, sorted, first);
      return similarTerms(term, {
        from: start,
        to: sorted.length,
        at: (place) => terms[sorted[place] as number] ?? '',
      });
    },
    order() {
      if (sorted.length < terms.length) sortIn();
      return sorted;
    },
    known(from, to) {
      for (let number = from; number < to; number += 1) numbers.set(terms[number] as string, number);
    },
  };
}

/** What persisting needs of a dictionary. */
export interface SortedTerms {
  /** Numbers of all terms, sorted by term. */
  order(): Uint32Array;
  /** Takes terms that it was created with into use, those with numbers from `from` to below `to`. */
  known(from: number, to: number): void;
}

function firstNotBelow(terms: readonly string[], sorted: Uint32Array, wanted: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((terms[sorted[middle] as number] as string) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
