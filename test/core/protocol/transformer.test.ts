import { transformer } from '@datastores/core/protocol';
import fc from 'fast-check';
import SuperJSON, { type SuperJSONResult } from 'superjson';
import { expect, test } from 'vitest';

const overTheWire = (value: unknown) =>
  transformer.deserialize(JSON.parse(JSON.stringify(transformer.serialize(value))));
const read = (text: string) => transformer.deserialize(JSON.parse(text) as SuperJSONResult);

test('plain messages arrive as they were sent', () => {
  fc.assert(
    fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
      const message: unknown = JSON.parse(JSON.stringify(value));
      fc.pre(!/"(?:__proto__|constructor|prototype)":/.test(JSON.stringify(message)));
      expect(overTheWire({ message })).toEqual({ message });
    }),
  );
});

const key = fc.constantFrom('a', 'b.c', '', 'constructor', 'prototype', '__proto__', 'json');
const message = fc.anything({
  key,
  maxDepth: 5,
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withNullPrototype: true,
  values: [
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constantFrom(null, undefined, -0, Number.NaN, Number.POSITIVE_INFINITY),
  ],
});

test('a message is sent as superjson writes it, or refused where that would annotate more than undefined', () => {
  fc.assert(
    fc.property(message, (value) => {
      expect(attempt(() => transformer.serialize(value))).toEqual(attempt(() => written(value)));
    }),
    { numRuns: 3_000 },
  );
});

function written(value: unknown): SuperJSONResult {
  const { json, meta } = SuperJSON.serialize(value);
  const { values } = meta ?? {};
  if (!/^(?:[[\]{},]|"undefined"|"(?:[^"\\]|\\.)*":)*$/.test(JSON.stringify(values ?? [])))
    throw new Error('annotated');
  return values === undefined ? { json } : { json, meta: { values } };
}

function attempt(write: () => SuperJSONResult): string {
  try {
    return JSON.stringify(write());
  } catch {
    return 'refused';
  }
}

test('undefined arrives as undefined, also alone and in lists', () => {
  expect(overTheWire(undefined)).toBeUndefined();
  expect(overTheWire({ a: undefined, b: [undefined, 1] })).toStrictEqual({ a: undefined, b: [undefined, 1] });
});

test('a value that occurs twice in memory is sent twice', () => {
  const shared = { epoch: 'e' };

  expect(overTheWire({ a: shared, b: shared, c: [shared] })).toEqual({ a: shared, b: shared, c: [shared] });
});

test.each([
  ['a date', { a: new Date() }],
  ['a map', { a: new Map() }],
  ['a set', { a: new Set() }],
  ['a big integer', { a: 1n }],
  ['NaN', { a: Number.NaN }],
  ['a regular expression', { a: /x/ }],
  ['a URL', { a: new URL('http://localhost') }],
  ['an error', { a: new Error('x') }],
])('%s is not sent', (_what, message) => {
  expect(() => transformer.serialize(message)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
});

test.each([
  ['a regular expression', '{"json":{"a":"/(a+)+$/"},"meta":{"values":{"a":["regexp"]}}}'],
  ['a map', '{"json":{"a":[]},"meta":{"values":{"a":["map"]}}}'],
  ['a set', '{"json":{"a":[]},"meta":{"values":{"a":["set"]}}}'],
  ['a huge integer', '{"json":{"a":"9"},"meta":{"values":{"a":["bigint"]}}}'],
  ['a date', '{"json":{"a":"x"},"meta":{"values":{"a":["Date"]}}}'],
  ['a class', '{"json":{"a":{}},"meta":{"values":{"a":[["class","Money"]]}}}'],
  ['a custom type', '{"json":{"a":{}},"meta":{"values":{"a":[["custom","x"]]}}}'],
  ['a map of undefined', '{"json":{"a":[]},"meta":{"values":{"a":["map",{"0":["undefined"]}]}}}'],
  ['a value at the root', '{"json":"x","meta":{"values":["regexp"]}}'],
  ['references', '{"json":{"a":{},"b":{}},"meta":{"referentialEqualities":{"a":["b"]}}}'],
  ['a path to a prototype', '{"json":{"a":{}},"meta":{"values":{"__proto__.admin":["undefined"]}}}'],
  ['a path to a constructor', '{"json":{"a":{}},"meta":{"values":{"a.constructor.prototype.admin":["undefined"]}}}'],
  ['deep annotations', `{"json":{},"meta":{"values":${'{"a":'.repeat(100)}["undefined"]${'}'.repeat(100)}}}`],
  ['no message', '{}'],
  ['null', 'null'],
  ['a text', '"x"'],
])('a message with %s is refused and pollutes nothing', (_what, text) => {
  expect(() => read(text)).toThrow(expect.objectContaining({ code: 'REQUEST_INVALID' }));
  expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
});
