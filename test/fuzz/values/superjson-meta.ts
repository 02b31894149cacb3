import type { Random } from '../../bench/documents/random.ts';
import { type Node, nodeOf } from './json-text.ts';
import { nastyNode } from './nasty.ts';
import { DANGEROUS_KEYS } from './texts.ts';

/** Types that superjson can make of what a message holds. */
const TYPES: readonly unknown[] = [
  'undefined',
  'bigint',
  'Date',
  'Error',
  'regexp',
  'set',
  'map',
  'number',
  'URL',
  ['class', 'Object'],
  ['class', 'Function'],
  ['symbol', 'Symbol.iterator'],
  ['custom', 'Decimal'],
  ['typed-array', 'Uint8Array'],
  'constructor',
  null,
  7,
];

const PATHS: readonly string[] = [
  'datastore',
  'checkpoint',
  'rows',
  'maxRows',
  'checkpoint.main.seq',
  'nowhere.at.all',
  'rows.0.doc',
  'a\\.b',
  '\\',
  '',
  '.',
  '0',
  ...DANGEROUS_KEYS,
];

/** Annotations that make something else of a message: types, references, paths that lead nowhere or to prototypes. */
export function nastyMeta(random: Random): Node {
  const path = () => random.pick(PATHS);
  const type = () => nodeOf(random.pick(TYPES));
  switch (random.integer(0, 6)) {
    case 0:
    case 1:
      return { fields: [['values', { fields: [[path(), [type()]]] }]] };
    case 2:
      return { fields: [['values', [type(), { fields: [[path(), [type(), { fields: [[path(), [type()]]] }]]] }]]] };
    case 3:
      return { fields: [['referentialEqualities', { fields: [[path(), [path(), path()]]] }]] };
    case 4:
      return { fields: [['referentialEqualities', [[path()], { fields: [[path(), [path()]]] }]]] };
    case 5:
      return {
        fields: [
          ['values', { fields: [[path(), ['undefined']]] }],
          ['v', random.pick([0, 1, 2, -1])],
        ],
      };
    default:
      return random.pick<Node>([nastyNode(random), { fields: [['values', nastyNode(random)]] }]);
  }
}
