import { expect, test } from 'vitest';
import { KINDS, SEED } from './kinds.ts';
import { randomPrefixes, randomWordPairs } from './queries.ts';
import { createRandom } from './random.ts';
import { randomWord, VOCABULARY } from './vocabulary.ts';

test('the vocabulary has some thousand different words', () => {
  expect(VOCABULARY.length).toBeGreaterThanOrEqual(3_000);
  expect(new Set(VOCABULARY).size).toBe(VOCABULARY.length);
  expect(VOCABULARY.filter((word) => !/^[a-z]{3,}$/.test(word))).toEqual([]);
});

test('few words are frequent and most are rare', () => {
  const random = createRandom(3);
  const counts = new Map<string, number>();
  for (let drawn = 0; drawn < 100_000; drawn += 1) {
    const word = randomWord(random);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const [first = 0, tenth = 0, hundredth = 0] = [0, 9, 99].map((rank) => counts.get(VOCABULARY[rank] as string));

  expect(first).toBeGreaterThan(2 * tenth);
  expect(tenth).toBeGreaterThan(4 * hundredth);
  expect(hundredth).toBeGreaterThan(0);
});

test('two words that are searched for stand in one product, and prefixes begin words', () => {
  const docs = 200;
  const descriptions = Array.from({ length: docs }, (_, number) =>
    String(KINDS.product.make(SEED, number)['description']).toLowerCase(),
  );
  const pairs = randomWordPairs({ docs, count: 50, seed: 4 }).map((pair) => pair.split(' '));

  expect(pairs.every((pair) => pair.length === 2)).toBe(true);
  expect(pairs.filter((pair) => !descriptions.some((text) => pair.every((word) => text.includes(word))))).toEqual([]);
  for (const prefix of randomPrefixes({ count: 50, seed: 4 })) {
    expect(prefix).toHaveLength(4);
    expect(VOCABULARY.some((word) => word.startsWith(prefix))).toBe(true);
  }
});
