import { expect, test } from 'vitest';
import { sortSlots } from '../../../packages/browser/src/storage/blocks/sort-slots.ts';
import { compareValues, type KeyValue, OTHER } from '../../../packages/browser/src/storage/blocks/value-order.ts';
import { createRandom } from '../../bench/documents/random.ts';

const random = createRandom(1);
const special: readonly KeyValue[] = [
  undefined,
  null,
  true,
  false,
  OTHER,
  '',
  '\0',
  'a',
  'a\0',
  'ab',
  'abc',
  'abcd',
  'abce',
  '\uffff',
  '\ud83d\ude00',
  '\ue000',
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1e-320,
  -1e-320,
  1e300,
  -1e300,
  2 ** 53,
  2 ** 53 - 1,
  255,
  256,
  65_535,
  65_536,
  -65_536,
];

function randomValue(): KeyValue {
  switch (random.integer(0, 3)) {
    case 0:
      return random.pick(special);
    case 1:
      return String.fromCharCode(...Array.from({ length: random.integer(0, 5) }, () => random.integer(95, 99)));
    case 2:
      return random.integer(0, 2_000) - 1_000;
    default:
      return (random.integer(0, 1_000_000) - 500_000) / 777;
  }
}

test.each([0, 1, 3, 499, 500, 3_000, 20_000])('%i slots are sorted as by comparing each with each', (count) => {
  const values = Array.from({ length: count }, randomValue);
  const compare = (a: number, b: number) => compareValues(values[a], values[b]) || a - b;
  const slots = Uint32Array.from(values, (_, at) => count - 1 - at);
  const expected = [...slots].sort(compare);
  expect([...sortSlots(slots, { compare, values: [(slot) => values[slot], (slot) => slot] })]).toEqual(expected);
});

test('values that begin alike, or are the same, are sorted by what is behind', () => {
  const count = 10_000;
  const groups = Array.from({ length: count }, () => random.pick([false, false, false, true]));
  const names = Array.from({ length: count }, () => `product-${random.pick(['', 'a', 'ab'])}${random.integer(0, 99)}`);
  const compare = (a: number, b: number) =>
    compareValues(groups[a], groups[b]) || compareValues(names[a], names[b]) || a - b;
  const values = [() => 'same', (slot: number) => groups[slot], (slot: number) => names[slot], (slot: number) => slot];
  const slots = Uint32Array.from(names, (_, at) => count - 1 - at);
  expect([...sortSlots(slots.slice(), { compare, values })]).toEqual([...slots].sort(compare));
});
