import { assertPlainJson, MAX_DEPTH, plainJsonIssues } from '@datastores/core/schema';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const nested = (depth: number): unknown => (depth === 0 ? 1 : { a: nested(depth - 1) });
const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

test('whatever JSON.parse gives is plain, but for keys that start with "__"', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      const parsed: unknown = JSON.parse(JSON.stringify(value));
      const renamed = keysOf(parsed).some((key) => key.split('.').some((part) => part.startsWith('__')));
      expect(plainJsonIssues(parsed).length > 0).toBe(renamed);
    }),
  );
});

function keysOf(value: unknown): string[] {
  if (value === null || typeof value !== 'object') return [];
  const keys = Array.isArray(value) ? [] : Object.keys(value);
  return [...keys, ...Object.values(value).flatMap(keysOf)];
}

const oddKey = fc.oneof(fc.string(), fc.constantFrom('a', '__b', 'a.__b', 'a__b', '\ud800', '😀', '__proto__'));
const odd = fc.oneof(
  { weight: 5, arbitrary: fc.anything({ key: oddKey, maxDepth: 4, withNullPrototype: true }) },
  fc.anything({ key: oddKey, withDate: true, withMap: true, withBigInt: true, withTypedArray: true, maxDepth: 3 }),
  fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '\ud83d', '\ude00', '😀') })),
  fc.integer({ min: MAX_DEPTH - 2, max: MAX_DEPTH + 2 }).map(nested),
);

test('a value is plain exactly if nothing in it is of another kind', () => {
  fc.assert(
    fc.property(odd, (value) => {
      expect(plainJsonIssues(value).length === 0).toBe(isPlain(value));
      // Also where its keys have been met before.
      expect(plainJsonIssues(value).length === 0).toBe(isPlain(value));
    }),
    { numRuns: 2_000 },
  );
});

function isPlain(value: unknown, depth = 1): boolean {
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value === 'string') return isText(value);
  if (typeof value !== 'object' || depth > MAX_DEPTH) return false;
  if (Array.isArray(value)) return Array.from(value).every((entry) => isPlain(entry, depth + 1));
  if (![null, Object.prototype].includes(Object.getPrototypeOf(value))) return false;
  return Object.entries(value).every(
    ([key, entry]) =>
      isText(key) &&
      !key.split('.').some((part) => part.startsWith('__')) &&
      (entry === undefined || isPlain(entry, depth + 1)),
  );
}

function isText(text: string): boolean {
  return Buffer.from(text, 'utf8').toString('utf8') === text;
}

test('absent fields and objects without a prototype are plain', () => {
  expect(plainJsonIssues({ a: undefined, b: Object.assign(Object.create(null), { c: -0 }) })).toEqual([]);
});

test.each([
  ['NaN', { a: Number.NaN }, '/a', 'NaN'],
  ['infinity', { a: [Number.POSITIVE_INFINITY] }, '/a/0', 'Infinity'],
  ['a big integer', { a: 1n }, '/a', 'bigint'],
  ['a function', { a: () => 1 }, '/a', 'function'],
  ['a symbol', { a: Symbol('x') }, '/a', 'symbol'],
  ['a hole in a list', { a: [undefined] }, '/a/0', 'undefined'],
  ['a date', { a: new Date() }, '/a', 'toISOString()'],
  ['a map', { a: new Map() }, '/a', 'a Map object'],
  ['an instance of a class', { a: new (class Money {})() }, '/a', 'a Money object'],
  ['half of a surrogate pair', { a: 'x\ud800' }, '/a', 'surrogate'],
  ['a key that is half of a pair', { '\udc00': 1 }, '/\udc00', 'not valid text'],
  ['a key that sets a prototype', JSON.parse('{"a":{"__proto__":{"b":1}}}'), '/a/__proto__', 'rename it'],
  ['a key that IndexedDB storages rename', { a: { __b: 1 } }, '/a/__b', 'rename it'],
  ['a key with a slash', { 'a/b~c': Number.NaN }, '/a~1b~0c', 'NaN'],
  ['too deep nesting', nested(MAX_DEPTH + 1), '/a'.repeat(MAX_DEPTH), `deeper than ${MAX_DEPTH}`],
  ['a cycle', cyclic, '/self'.repeat(MAX_DEPTH), `deeper than ${MAX_DEPTH}`],
])('%s is not plain, and the issue says where', (...[, value, path, message]) => {
  expect(plainJsonIssues(value)).toEqual([{ path, message: expect.stringContaining(message) }]);
  expect(() => assertPlainJson(value, 'product "x"')).toThrow(
    expect.objectContaining({
      code: 'DOCUMENT_INVALID',
      message: expect.stringMatching(/^DOCUMENT_INVALID: product "x": \//),
    }),
  );
});

test('the deepest allowed nesting is plain', () => {
  expect(plainJsonIssues(nested(MAX_DEPTH))).toEqual([]);
});

test('at most ten issues are told', () => {
  expect(plainJsonIssues(Array.from({ length: 50 }, () => Number.NaN))).toHaveLength(10);
});
