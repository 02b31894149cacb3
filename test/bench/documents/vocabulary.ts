import { createRandom, type Random } from './random.ts';

/** Words in the catalog. A shop with 100,000 products uses some thousand. */
const WORDS = 4_000;

const ONSETS = ['b', 'c', 'd', 'f', 'g', 'h', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'w', 'br', 'st', 'tr', 'pl'];
const VOWELS = ['a', 'e', 'i', 'o', 'u', 'ea'];
const CODAS = ['', '', '', '', 'n', 'r', 'l', 's', 't', 'm', 'ck'];

/** All words, the most frequent first. The same in every run: documents of different seeds share their language. */
export const VOCABULARY: readonly string[] = makeWords(createRandom(0x0ff1ce));

/** Sums of the weights up to each word: the n-th word is about 1/n as frequent as the first, as in any language. */
const WEIGHTS = cumulativeWeights();

/** One word, by its frequency. */
export function randomWord(random: Random): string {
  const at = random.fraction() * (WEIGHTS.at(-1) as number);
  let low = 0;
  let high = WEIGHTS.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((WEIGHTS[middle] as number) > at) high = middle;
    else low = middle + 1;
  }
  return VOCABULARY[low] as string;
}

/** So many words with blanks between them, the first one capitalised. */
export function randomText(random: Random, words: number): string {
  const text = Array.from({ length: words }, () => randomWord(random)).join(' ');
  return capitalised(text);
}

/** The text with a capital at its beginning. */
export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function cumulativeWeights(): Float64Array {
  let sum = 0;
  // The offset keeps the first words from standing in every sentence.
  return Float64Array.from(VOCABULARY, (_, rank) => {
    sum += 1 / (rank + 4);
    return sum;
  });
}

function makeWords(random: Random): string[] {
  const words = new Set<string>();
  while (words.size < WORDS) {
    const syllables = random.pick([1, 2, 2, 2, 2, 3]);
    const word = Array.from({ length: syllables }, () => syllable(random)).join('');
    if (word.length >= 3) words.add(word);
  }
  return [...words];
}

function syllable(random: Random): string {
  return random.pick(ONSETS) + random.pick(VOWELS) + random.pick(CODAS);
}
