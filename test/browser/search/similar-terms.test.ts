import fc from 'fast-check';
import { expect, test } from 'vitest';
import { similarTerms } from '../../../packages/browser/src/search/similar-terms.ts';

const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 1, maxLength: 10 });

test('similar terms are those that a comparison of all finds the nearest', () => {
  fc.assert(
    fc.property(fc.uniqueArray(word, { maxLength: 60 }), word, (terms, wanted) => {
      const sorted = [...terms].sort();
      const most = wanted.length < 4 ? 0 : wanted.length < 8 ? 1 : 2;
      const near = sorted
        .filter((term) => term[0] === wanted[0])
        .map((term) => ({ term, errors: distance(term, wanted) }))
        .filter(({ errors }) => errors <= most);
      const least = Math.min(...near.map(({ errors }) => errors));
      const expected = most === 0 ? [] : near.filter(({ errors }) => errors === least).map(({ term }) => term);

      const from = sorted.findIndex((term) => term >= (wanted[0] as string));
      const range = {
        from: from < 0 ? sorted.length : from,
        to: sorted.length,
        at: (at: number) => sorted[at] as string,
      };
      expect(similarTerms(wanted, range).sort()).toEqual(expected.slice(0, 20).sort());
    }),
    { numRuns: 500 },
  );
});

/** Insertions, omissions, exchanges and swaps of neighbours that lead from one word to another, by the whole table. */
function distance(one: string, other: string): number {
  const table = Array.from({ length: one.length + 1 }, (_, row) => [row, ...Array<number>(other.length).fill(0)]);
  const at = (row: number, column: number) => table[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let column = 0; column <= other.length; column += 1) (table[0] as number[])[column] = column;
  for (let row = 1; row <= one.length; row += 1) {
    for (let column = 1; column <= other.length; column += 1) {
      const steps = [
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (one[row - 1] === other[column - 1] ? 0 : 1),
      ];
      if (one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1])
        steps.push(at(row - 2, column - 2) + 1);
      (table[row] as number[])[column] = Math.min(...steps);
    }
  }
  return at(one.length, other.length);
}
