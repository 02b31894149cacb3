import { KINDS, SEED } from './kinds.ts';
import { createRandom } from './random.ts';
import { randomWord, VOCABULARY } from './vocabulary.ts';

/** Rows that a range query asks for: what a screen shows. */
export const RANGE_ROWS = 50;

/** Hits that a search asks for: what is shown below a search field. */
export const SEARCH_HITS = 20;

/** Words that stand in most descriptions, as "with" and "for" do: nobody searches for them. */
const STOP_WORDS = new Set(VOCABULARY.slice(0, 50));

/** Letters after which a search field that completes begins to ask. */
const PREFIX_LETTERS = 4;

/** Asks for so many reads among so many products. The seed differs from round to round, since RxDB keeps results. */
export interface Reads {
  readonly docs: number;
  readonly count: number;
  readonly seed: number;
}

/** Random ids of products, the same for the same seed. */
export function randomIds({ docs, count, seed }: Reads): readonly string[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => KINDS.product.id(random.integer(0, docs - 1)));
}

/** Random names of products, to begin a range with; the same for the same seed. */
export function randomNames({ docs, count, seed }: Reads): readonly string[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => String(KINDS.product.make(SEED, random.integer(0, docs - 1))['name']));
}

/** Searches for two words of the description of some product, the same for the same seed. */
export function randomWordPairs({ docs, count, seed }: Reads): readonly string[] {
  const random = createRandom(seed);
  const pairs: string[] = [];
  while (pairs.length < count) {
    const { description } = KINDS.product.make(SEED, random.integer(0, docs - 1));
    const words = [
      ...new Set(
        String(description)
          .toLowerCase()
          .match(/[a-z]+/g),
      ),
    ].filter(isSearchedFor);
    const first = random.integer(0, words.length - 2);
    if (words.length >= 2) pairs.push(`${words[first]} ${words[random.integer(first + 1, words.length - 1)]}`);
  }
  return pairs;
}

/** Beginnings of words, by how frequent the words are; the same for the same seed. */
export function randomPrefixes({ count, seed }: Pick<Reads, 'count' | 'seed'>): readonly string[] {
  const random = createRandom(seed);
  const prefixes: string[] = [];
  while (prefixes.length < count) {
    const word = randomWord(random);
    if (word.length > PREFIX_LETTERS && isSearchedFor(word)) prefixes.push(word.slice(0, PREFIX_LETTERS));
  }
  return prefixes;
}

function isSearchedFor(word: string): boolean {
  return !STOP_WORDS.has(word);
}
