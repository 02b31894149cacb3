import type { Random } from '../../bench/documents/random.ts';

/** Names that mean something to objects of JavaScript. */
export const DANGEROUS_KEYS: readonly string[] = [
  '__proto__',
  'constructor',
  'prototype',
  '__defineGetter__',
  '__lookupSetter__',
  'toString',
  'valueOf',
  'hasOwnProperty',
  'toJSON',
  'then',
  'length',
  'constructor.prototype.polluted',
  '__proto__.polluted',
];

const TEXTS: readonly string[] = [
  '',
  ' ',
  '0',
  'null',
  'undefined',
  'NaN',
  'Infinity',
  '-0',
  '[object Object]',
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udfff',
  '\udc00\ud800',
  '\ufeff',
  '\ufffd',
  '\u2028\u2029',
  '\u202egnp.exe',
  'é',
  'e\u0301',
  'ﷺ',
  '👩‍👩‍👧‍👦',
  '\r\nX-Injected: yes',
  "'; drop table document; --",
  '" or 1=1 --',
  '../../../../etc/passwd',
  '%2e%2e%2f',
  '$' + '{7*7}',
  '{{7*7}}',
  '<script>alert(1)</script>',
  '(a+)+$',
  'data:text/html,x',
  '\t\n',
  '9007199254740993',
  '1970-01-01T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  ...DANGEROUS_KEYS,
];

/** A text that something may trip over. */
export function nastyText(random: Random): string {
  const text = random.pick(TEXTS);
  const roll = random.integer(0, 99);
  if (roll < 80) return text;
  if (roll < 95) return `${text}${random.pick(TEXTS)}`;
  return 'ab'.repeat(random.pick([16, 32, 33, 64, 65, 100, 101, 200, 201, 1_000, 40_000]));
}

/** A key that something may trip over. */
export function nastyKey(random: Random): string {
  return random.integer(0, 2) === 0 ? nastyText(random) : random.pick(DANGEROUS_KEYS);
}
