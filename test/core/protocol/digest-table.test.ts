import { addDigests, createDigestTable, type DigestEntry } from '@datastores/core/protocol';
import { expect, test } from 'vitest';
import { seeded } from '../../convergence/seeded.ts';

const random = seeded(11);
const idIn = (end: number) => Math.floor(random() * end);

const sorted = (entries: readonly DigestEntry[]) => [...entries].sort((a, b) => a.id - b.id);

test('sums and lists of every range are those of the documents that were put and not deleted', () => {
  const table = createDigestTable();
  const expected = new Map<number, DigestEntry>();
  const narrow = 2 ** 20;
  for (let step = 0; step < 2_000; step += 1) {
    // Half of them share most of their digits, so that narrow ranges hold several.
    const id = step % 2 === 0 ? idIn(2 ** 48) : idIn(narrow);
    const known = [...expected.keys()][idIn(expected.size)] ?? id;
    if (step % 5 === 4) {
      table.delete(known);
      expected.delete(known);
    } else {
      const entry = { id: step % 7 === 0 ? known : id, digest: idIn(2 ** 42), place: step };
      table.set(entry);
      expected.set(entry.id, entry);
    }
  }
  expect(table.size()).toBe(expected.size);
  const without = new Set([...expected.keys()].filter((_, at) => at % 10 === 0).concat(12_345));
  const left = [...expected.values()].filter(({ id }) => !without.has(id));
  for (const range of ['', '0', 'a', '00', '3f', '000', '7c1', '0000', '00000', '0000000', '00000000', '00000001']) {
    const inside = (entry: DigestEntry, prefix: string) => entry.id.toString(16).padStart(12, '0').startsWith(prefix);
    const sums = Array.from({ length: 16 }, (_, at) =>
      left
        .filter((entry) => inside(entry, range + at.toString(16)))
        .reduce((sum, { digest }) => addDigests(sum, digest), 0),
    );
    expect(table.split(range, without)).toEqual(sums);
    const listed = left.filter((entry) => inside(entry, range));
    expect(sorted(table.list(range, without, 1e9) ?? [])).toEqual(sorted(listed));
    if (listed.length > 0) expect(table.list(range, without, listed.length - 1)).toBeNull();
  }
});

test('a document is found by the digest of its id until it is deleted', () => {
  const table = createDigestTable();
  table.set({ id: 5, digest: 1, place: 9 });
  expect(table.get(5)).toEqual({ id: 5, digest: 1, place: 9 });
  table.set({ id: 5, digest: 2, place: 10 });
  expect(table.get(5)).toEqual({ id: 5, digest: 2, place: 10 });
  table.delete(5);
  expect(table.get(5)).toBeUndefined();
  expect(table.split('', new Set())).toEqual(Array.from({ length: 16 }, () => 0));
});
