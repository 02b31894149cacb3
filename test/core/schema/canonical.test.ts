import { canonicalJson, type JsonValue, sameJson } from '@datastores/core/schema';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const json = fc.jsonValue({ maxDepth: 5 }) as fc.Arbitrary<JsonValue>;

test('the text reads back as the value', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('the order of keys does not matter', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(canonicalJson(reversed(value))).toBe(canonicalJson(value));
    }),
  );
});

test('two values have the same text exactly if they are the same JSON', () => {
  fc.assert(
    fc.property(json, json, (a, b) => {
      const same = JSON.stringify(sortedEntries(a)) === JSON.stringify(sortedEntries(b));
      expect(canonicalJson(a) === canonicalJson(b)).toBe(same);
      expect(sameJson(a, b)).toBe(same);
      expect(sameJson(a, reversed(a))).toBe(true);
    }),
  );
});

const key = fc.constantFrom('a', 'b', '1', '10', '9', '__proto__', 'constructor', 'é');
const { tree: alike } = fc.letrec<{ tree: JsonValue }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<JsonValue>(null, 0, 1, '1', '', true),
    fc.array(tie('tree'), { maxLength: 2 }),
    fc.array(fc.tuple(key, fc.oneof(tie('tree'), fc.constant(undefined))), { maxLength: 3 }).map(fromEntries),
  ),
}));

test('values that are nearly the same are told apart exactly by their texts', () => {
  fc.assert(
    fc.property(alike, alike, (a, b) => {
      expect(canonicalJson(a)).toBe(written(a));
      expect(sameJson(a, b)).toBe(written(a) === written(b));
      expect(sameJson(b, a)).toBe(written(a) === written(b));
    }),
    { numRuns: 5_000 },
  );
});

/** The text, written in the plainest way. */
function written(value: JsonValue | undefined): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const texts = fields
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${written(inner)}`);
  return `{${texts.join(',')}}`;
}

test.each([
  [
    'keys in the order of their code units, also those like numbers',
    { b: 1, '10': 2, '9': 3, '!': 4, é: 5 },
    '{"!":4,"10":2,"9":3,"b":1,"é":5}',
  ],
  ['absent fields left out', { a: undefined, b: null }, '{"b":null}'],
  ['minus zero as zero', [-0, 0], '[0,0]'],
  ['nested lists in their order', [[2, [1]], []], '[[2,[1]],[]]'],
  ['text beyond the first plane', { '😀': '\u2028"' }, '{"😀":"\u2028\\""}'],
  ['a key called __proto__', JSON.parse('{"b":1,"__proto__":{"a":1}}'), '{"__proto__":{"a":1},"b":1}'],
  ['an absent value as null', undefined, 'null'],
])('the text has %s', (_what, value, text) => {
  expect(canonicalJson(value as JsonValue)).toBe(text);
});

test.each<[a: JsonValue | undefined, b: JsonValue | undefined, same: boolean]>([
  [undefined, undefined, true],
  [undefined, null, false],
  [null, undefined, false],
  [null, null, true],
  [null, {}, false],
  [[], {}, false],
  [0, -0, true],
  [1, '1', false],
  [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
  [{ a: undefined }, {}, true],
  [{ a: null }, {}, false],
  [JSON.parse('{"__proto__":{}}'), { a: 1 }, false],
  [JSON.parse('{"__proto__":{}}'), {}, false],
  [{ constructor: 1 }, {}, false],
  [['a', 'b'], ['b', 'a'], false],
])('%j and %j are the same: %s', (a, b, same) => {
  expect(sameJson(a, b)).toBe(same);
});

function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner as JsonValue)]),
  );
}

// Unlike an assignment, fromEntries keeps a key called "__proto__".
function fromEntries(entries: [string, JsonValue | undefined][]): JsonValue {
  return Object.fromEntries(entries);
}

function sortedEntries(value: JsonValue): unknown {
  if (Array.isArray(value)) return ['list', ...value.map(sortedEntries)];
  if (value === null || typeof value !== 'object') return value;
  return [
    'object',
    ...Object.keys(value)
      .sort()
      .map((key) => [key, sortedEntries((value as Record<string, JsonValue>)[key] as JsonValue)]),
  ];
}
