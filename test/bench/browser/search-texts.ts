import { type Reads, randomPrefixes, randomWordPairs } from '../documents/queries.ts';

/** Two words of a description; the beginning of a word, two to four letters; a word with two letters swapped. */
export type SearchKind = 'words' | 'prefix' | 'mistyped';

/** Texts to search for, the same for the same seed. */
export function searchTexts(kind: SearchKind, reads: Reads): readonly string[] {
  if (kind === 'words') return randomWordPairs(reads);
  if (kind === 'prefix') return randomPrefixes(reads).map((prefix, at) => prefix.slice(0, 2 + (at % 3)));
  return randomWordPairs(reads).map((pair) => mistyped(longestOf(pair.split(' '))));
}

function longestOf(words: readonly string[]): string {
  return words.reduce((longest, word) => (word.length > longest.length ? word : longest));
}

function mistyped(word: string): string {
  const at = Math.min(2, word.length - 2);
  return `${word.slice(0, at)}${word[at + 1]}${word[at]}${word.slice(at + 2)}`;
}
