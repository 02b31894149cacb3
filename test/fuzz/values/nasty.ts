import type { Random } from '../../bench/documents/random.ts';
import type { Node } from './json-text.ts';
import { nastyKey, nastyText } from './texts.ts';

/** Numbers at the ends of what numbers can be, and texts in their place that are none. */
const NUMBERS: readonly string[] = [
  '0',
  '-0',
  '-1',
  '1.5',
  '1e-400',
  '5e-324',
  '1e400',
  '-1e400',
  '9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '18446744073709551616',
  '1e21',
  '2147483648',
  '4294967296',
  '0.1e1',
  '1E5',
];

/** What no parser of JSON takes. */
const BROKEN: readonly string[] = [
  'NaN',
  'Infinity',
  'undefined',
  '',
  '01',
  '.5',
  '0x10',
  "'a'",
  '[1,]',
  '{"a":1,}',
  '//',
];

/** A value that a field does not expect. */
export function nastyNode(random: Random): Node {
  switch (random.integer(0, 9)) {
    case 0:
    case 1:
      return nastyText(random);
    case 2:
    case 3:
      return { raw: random.pick(NUMBERS) };
    case 4:
      return random.pick([null, true, false]);
    case 5:
      return random.pick<Node>([[], { fields: [] }, [[]], [null], [{ fields: [] }]]);
    case 6:
      return { fields: [[nastyKey(random), random.pick<Node>([1, null, { fields: [['polluted', true]] }])]] };
    case 7:
      return { fields: [['__proto__', { fields: [['polluted', true]] }]] };
    case 8:
      return { raw: random.pick(BROKEN) };
    default:
      return hugeNode(random);
  }
}

/** Deep, long or wide. Nearly always a little above what is allowed, and rarely as much as a request can hold. */
function hugeNode(random: Random): Node {
  const size = random.integer(0, 199) === 0 ? 100_000 : random.pick([33, 40, 501, 1_001, 3_000]);
  const inner = nastyText(random).slice(0, 40);
  switch (random.integer(0, 3)) {
    case 0:
      return { raw: `${'['.repeat(size)}${']'.repeat(size)}` };
    case 1:
      return { raw: `${'{"a":'.repeat(size)}1${'}'.repeat(size)}` };
    case 2:
      return Array.from({ length: size }, () => inner);
    default:
      return { fields: Array.from({ length: size }, (_, index) => [`${inner}${index}`, index]) };
  }
}
