import fc from 'fast-check';
import { expect } from 'vitest';
import { idsOf, notes } from './place.ts';
import type { Check } from './test-case.ts';

const WORDS = [
  'red',
  'Reddish',
  'rot',
  'crème',
  'Creme',
  'shoe',
  'shoes',
  'XL',
  'ab',
  '12',
  '123',
  'AB-12',
  'ab-123',
  'ab12',
];

interface Note {
  readonly id: string;
  readonly title: string;
  readonly tags?: string[];
  readonly body?: string | null;
}

/** What a part of a query means, told without the code under test. */
type Part =
  | { readonly kind: 'word' | 'beginning'; readonly word: string }
  | { readonly kind: 'phrase'; readonly words: readonly string[] };

const word = fc.constantFrom(...WORDS);
const line = fc.array(word, { maxLength: 5 }).map((words) => words.join(' '));
const note = fc.record<Note>(
  {
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    title: line.map((words) => `Common ${words}`),
    tags: fc.array(line, { maxLength: 3 }),
    body: fc.option(line),
  },
  { requiredKeys: ['id', 'title'] },
);
const change = fc.oneof(
  { weight: 4, arbitrary: note },
  { weight: 1, arbitrary: fc.record({ gone: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f') }) },
);
const part: fc.Arbitrary<Part> = fc.oneof(
  fc.record({ kind: fc.constantFrom('word' as const, 'beginning' as const), word }),
  fc.record({ kind: fc.constant('phrase' as const), words: fc.array(word, { minLength: 1, maxLength: 3 }) }),
);
const query = fc.array(part, { minLength: 1, maxLength: 3 });

/** Compares what is found with what a look at every document finds. */
export function naiveScanTests(check: Check): void {
  check(
    'a search finds exactly what a look at every document finds',
    async (place) => {
      const stores = await place.open(notes);
      await fc.assert(
        fc.asyncProperty(
          fc.array(change, { minLength: 1, maxLength: 15 }),
          fc.array(query, { minLength: 20, maxLength: 20 }),
          async (changes, queries) => {
            for (const old of await stores.note.find().exec()) await old.remove();
            const there = new Map<string, Note>();
            for (const one of changes) {
              if ('gone' in one) {
                await stores.note.findOne(one.gone).remove();
                there.delete(one.gone);
              } else {
                await stores.note.upsert(one);
                there.set(one.id, one);
              }
            }
            for (const parts of queries) {
              // A phrase that all have keeps the part before it from being taken for a beginning.
              const text = `${parts.map(written).join(' ')} "common"`;
              const expected = [...there.values()].filter((document) => parts.every((one) => holds(document, one)));
              const found = await idsOf(stores, text, { limit: 1_000 });
              expect(found.sort(), text).toEqual(expected.map(({ id }) => id).sort());
            }
          },
        ),
        { numRuns: 25 },
      );
    },
    120_000,
  );
}

function written(one: Part): string {
  if (one.kind === 'phrase') return `"${one.words.join(' ')}"`;
  return one.kind === 'beginning' ? `${one.word}*` : one.word;
}

/** A line of text as words, and its hyphenated words as one each. */
function split(text: string): { readonly words: string[]; readonly joined: string[] } {
  const plain = text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();
  const codes = plain.split(' ').filter((chunk) => chunk.includes('-'));
  return {
    words: plain.split(/[ -]/).filter((one) => one !== ''),
    joined: codes.map((code) => code.replaceAll('-', '')),
  };
}

function holds({ title, tags = [], body }: Note, one: Part): boolean {
  return [title, ...tags, body ?? ''].some((text) => {
    const { words, joined } = split(text);
    if (one.kind === 'phrase')
      return (
        follows(
          words,
          one.words.flatMap((each) => split(each).words),
          false,
        ) || isOne(one, joined)
      );
    const { words: parts, joined: asOne } = split(one.word);
    const whole = [...asOne, ...(parts.length === 1 ? parts : [])];
    const open = one.kind === 'beginning';
    const begins = (candidate: string) =>
      whole.some((each) => candidate === each || (open && each.length >= 3 && candidate.startsWith(each)));
    return follows(words, parts, open) || [...words, ...joined].some(begins);
  });
}

/** A phrase of a single word may be a hyphenated one, written as one word. */
function isOne({ words }: { readonly words: readonly string[] }, joined: readonly string[]): boolean {
  const parts = words.flatMap((each) => split(each).words);
  return parts.length === 1 && joined.includes(parts[0] ?? '');
}

function follows(words: readonly string[], wanted: readonly string[], open: boolean): boolean {
  return words.some((_, start) =>
    wanted.every((each, at) => {
      const candidate = words[start + at];
      const completes = open && at === wanted.length - 1 && each.length >= 3;
      return candidate === each || (completes && candidate?.startsWith(each) === true);
    }),
  );
}
