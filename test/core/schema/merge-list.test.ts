import { canonicalJson, type FieldConflict, type JsonValue, mergeListBy } from '@datastores/core/schema';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const merge = mergeListBy('line');
const one = [{ line: 1 }];
const two = [{ line: 1 }, { line: 2 }];
const entry = fc.record({ line: fc.integer({ min: 1, max: 5 }), quantity: fc.nat(9) });
const list = fc.uniqueArray(entry, { selector: ({ line }) => line, maxLength: 5 });

test('what one side changed is taken from that side', () => {
  fc.assert(
    fc.property(list, list, (base, other) => {
      expect(merge({ base, server: base, replica: other })).toEqual(expect.arrayContaining(other));
      expect(merge({ base, server: other, replica: base })).toEqual(other);
    }),
  );
});

test('each entry is decided by itself, and one that both changed is the one of the replica', () => {
  fc.assert(
    fc.property(list, list, list, (base, server, replica) => {
      const merged = merge({ base, server, replica }) as typeof base;
      for (let line = 1; line <= 5; line += 1) {
        const of = (entries: typeof base) => entries.find((one) => one.line === line);
        const changedHere = canonicalJson(of(base)) !== canonicalJson(of(replica));
        expect(of(merged)).toEqual(changedHere ? of(replica) : of(server));
      }
    }),
  );
});

test('the order is that of the server, then what the replica added', () => {
  const at = (...lines: number[]) => lines.map((line) => ({ line }));

  expect(merge({ base: at(1, 2), server: at(2, 1, 3), replica: at(1, 2, 9, 8) })).toEqual(at(2, 1, 3, 9, 8));
});

test('the order of keys in an entry is no change', () => {
  const base = [{ line: 1, a: 1 }];
  const server = [{ line: 1, a: 2 }];

  expect(merge({ base, server, replica: [{ a: 1, line: 1 }] })).toEqual(server);
});

test('entries without the key and keys that occur twice all stay', () => {
  const server: JsonValue = [{ a: 1 }, { a: 2 }, { line: 1 }, { line: 1, b: 2 }, 'text', null];

  expect(merge({ base: undefined, server, replica: [{ a: 3 }] })).toEqual([...server, { a: 3 }]);
});

test('lists of plain values merge as sets', () => {
  expect(mergeListBy('')({ base: ['a', 'b'], server: ['a', 'b', 'c'], replica: ['b', 'd'] })).toEqual(['b', 'c', 'd']);
});

test.each<[what: string, conflict: FieldConflict, expected: JsonValue | undefined]>([
  [
    'removed by the replica and emptied by the server is gone',
    { base: one, server: [], replica: undefined },
    undefined,
  ],
  ['emptied by the replica and removed by the server is empty', { base: one, server: undefined, replica: [] }, []],
  ['removed by the replica keeps what the server added', { base: one, server: two, replica: undefined }, [{ line: 2 }]],
])('a list that was %s', (_what, conflict, expected) => {
  expect(merge(conflict)).toEqual(expected);
});

test('the rule has the name that decisions are recorded with', () => {
  expect(merge.name).toBe('mergeListBy(line)');
});
