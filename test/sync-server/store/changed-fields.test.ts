import { canonicalJson, type JsonObject, type JsonValue } from '@datastores/core/schema';
import { expect, test } from 'vitest';
import { changedFields } from '../../../apps/sync-server/src/store/changed-fields.ts';
import { seeded } from '../../convergence/seeded.ts';

const read = (before: JsonObject, after: JsonObject) =>
  JSON.parse(changedFields(canonicalJson(before), canonicalJson(after))) as Record<string, unknown>;

test('what was changed, added and taken away is told with both sides', () => {
  const before = { id: 'x', gone: true, list: [1, { a: '}' }], name: 'N', same: { deep: '","' } };
  const after = { id: 'x', list: [1, { a: ']' }], name: null, new: '"', same: { deep: '","' } };
  expect(read(before, after)).toEqual({
    gone: { was: true },
    list: { was: [1, { a: '}' }], is: [1, { a: ']' }] },
    name: { was: 'N', is: null },
    new: { is: '"' },
  });
  expect(read(before, before)).toEqual({});
});

test('a long value is told by its beginning, even where that would end inside a character', () => {
  const long = `${'a'.repeat(98)}😀${'b'.repeat(200)}`;
  const { text } = read({ id: 'x' }, { id: 'x', text: long }) as { text: { is: { cut: string; length: number } } };
  expect(text.is.length).toBe(JSON.stringify(long).length);
  expect(JSON.stringify(long).startsWith(text.is.cut)).toBe(true);
  expect(text.is.cut).not.toMatch(/[\ud800-\udbff]$/);
});

test('the differences of any two documents are those of their parsed fields', () => {
  const random = seeded(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const names = ['a', 'a"b', 'a\\', 'ab', 'é', 'Z', '10', '9', '', '{', 'a,b', 'a:b'];
  const values: readonly JsonValue[] = [
    0,
    -1.5,
    true,
    null,
    '',
    '"',
    '\\"',
    '},{',
    [],
    {},
    [[{}]],
    { x: ['"]'] },
    '\u2028',
  ];
  for (let round = 0; round < 3_000; round += 1) {
    const make = () => {
      const document: Record<string, JsonValue> = {};
      for (let count = Math.floor(random() * 8); count > 0; count -= 1) document[pick(names)] = pick(values);
      return document;
    };
    const [before, after] = [make(), make()];
    const wanted: Record<string, { was?: JsonValue; is?: JsonValue }> = {};
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      if (canonicalJson(before[name]) === canonicalJson(after[name]) && name in before === name in after) continue;
      const was = name in before ? { was: before[name] as JsonValue } : {};
      wanted[name] = { ...was, ...(name in after ? { is: after[name] as JsonValue } : {}) };
    }
    expect(read(before, after)).toEqual(wanted);
  }
});
