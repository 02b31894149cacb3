import { checkpointSchema, formatVersion, MAX_SCOPES, parseVersion, positionSchema } from '@datastores/core/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const position = fc.record({
  epoch: fc.stringMatching(/^[\w-]{1,64}$/),
  seq: fc.nat(Number.MAX_SAFE_INTEGER),
  tag: fc.stringMatching(/^[\w-]{0,64}$/),
});

test('a version reads back as the position it was made of', () => {
  fc.assert(
    fc.property(position, (given) => {
      expect(positionSchema.parse(given)).toEqual(given);
      expect(parseVersion(formatVersion(given))).toEqual(given);
    }),
  );
});

test('a text is read as a version only if formatting gives the same text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[\w-]{0,3}\.[0-9eExX+. -]{0,17}\.\w{0,3}$/)), (version) => {
      const parsed = parseVersion(version);
      if (parsed !== null) expect(formatVersion(parsed)).toBe(version);
    }),
  );
});

test.each([
  '',
  'e',
  'e.1',
  '.1.t',
  'e..t',
  'e.1e3.t',
  'e.0x1.t',
  'e. 1.t',
  'e.01.t',
  'e.-1.t',
  'e.1.t.x',
  'e.9007199254740993.t',
])('"%s" is no version', (version) => {
  expect(parseVersion(version)).toBeNull();
});

const at = { epoch: 'e', seq: 1, tag: 't' };

test('a checkpoint reads back as what was sent', () => {
  const checkpoint = { 'tenant/1': at, b: { ...at, seq: 0, tag: '' } };

  expect(checkpointSchema.parse(JSON.parse(JSON.stringify(checkpoint)))).toEqual(checkpoint);
  expect(checkpointSchema.parse({})).toEqual({});
});

test.each([
  ['a negative position', { a: { ...at, seq: -1 } }],
  ['a fraction', { a: { ...at, seq: 0.5 } }],
  ['a position that is not exact', { a: { ...at, seq: 2 ** 53 } }],
  ['a position as text', { a: { ...at, seq: '1' } }],
  ['an epoch with a dot', { a: { ...at, epoch: 'a.b' } }],
  ['an empty epoch', { a: { ...at, epoch: '' } }],
  ['a long tag', { a: { ...at, tag: 't'.repeat(65) } }],
  ['an unknown field', { a: { ...at, extra: 1 } }],
  ['an empty scope', { '': at }],
  ['a long scope', { ['s'.repeat(201)]: at }],
  ['a scope called constructor', { constructor: at }],
  ['too many scopes', Object.fromEntries(Array.from({ length: MAX_SCOPES + 1 }, (_, index) => [`s${index}`, at]))],
  ['a list', [at]],
  ['a text', 'e.1.t'],
])('%s is no checkpoint', (_what, value) => {
  expect(checkpointSchema.safeParse(value).success).toBe(false);
});
