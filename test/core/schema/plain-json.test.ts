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
