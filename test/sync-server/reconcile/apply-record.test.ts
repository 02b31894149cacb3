import type { JsonObject } from '@datastores/core/schema';
import { describe, expect, test } from 'vitest';
import { agreesWithBase, applyRecord } from '../../../apps/sync-server/src/reconcile/apply-record.ts';
import type { SystemFieldRule } from '../../../apps/sync-server/src/reconcile/binding.ts';
import type { FieldRules } from '../../../apps/sync-server/src/reconcile/field-rules.ts';

const there: SystemFieldRule = { from: 'there' };
const here: SystemFieldRule = { from: 'here' };
const mergeThere: SystemFieldRule = { merge: 'there' };
const mergeHere: SystemFieldRule = { merge: 'here' };
const sum: SystemFieldRule = { merge: 'sum' };
const longest: SystemFieldRule = {
  merge: function longest(_base, ours, theirs) {
    return String(ours).length > String(theirs).length ? (ours ?? null) : theirs;
  },
};

const rules = (rule: SystemFieldRule, outranked = false): FieldRules => new Map([['f', { rule, outranked }]]);
const field = (value: string | number | null | undefined): JsonObject => (value === undefined ? {} : { f: value });

type Value = string | number | null | undefined;
type Row = [
  rule: SystemFieldRule,
  base: Value,
  here: Value,
  there: Value,
  result: Value,
  newBase: Value,
  decided: string,
];

const ROWS: readonly Row[] = [
  // The system owns it: taken, also where it was changed here meanwhile, and emptied where it says so.
  [there, 'a', 'a', 'b', 'b', 'b', ''],
  [there, 'a', 'x', 'b', 'b', 'b', ''],
  [there, 'a', 'x', 'a', 'a', 'a', ''],
  [there, 'a', 'a', null, undefined, undefined, ''],
  [there, 'a', 'a', undefined, 'a', 'a', ''],
  // We own it: kept, but the base says what is there, so that the difference is pushed.
  [here, 'a', 'a', 'b', 'a', 'b', ''],
  [here, 'a', 'x', 'a', 'x', 'a', ''],
  // Both may write: one side changed.
  [mergeThere, 'a', 'a', 'b', 'b', 'b', ''],
  [mergeThere, 'a', 'x', 'a', 'x', 'a', ''],
  [mergeHere, 'a', 'a', 'b', 'b', 'b', ''],
  [mergeHere, 'a', 'x', 'a', 'x', 'a', ''],
  // Both changed to the same: no conflict.
  [mergeThere, 'a', 'b', 'b', 'b', 'b', ''],
  [mergeHere, 'a', undefined, null, undefined, undefined, ''],
  // Both changed: the named one wins, and it is recorded.
  [mergeThere, 'a', 'x', 'b', 'b', 'b', 'merge:there'],
  [mergeHere, 'a', 'x', 'b', 'x', 'b', 'merge:here'],
  [mergeThere, 'a', 'x', null, undefined, undefined, 'merge:there'],
  [longest, 'a', 'long', 'b', 'long', 'b', 'merge:longest'],
  [longest, 'a', 'x', 'long', 'long', 'long', 'merge:longest'],
  // Quantities add up.
  [sum, 10, 10, 12, 12, 12, ''],
  [sum, 10, 7, 12, 9, 12, ''],
  [sum, 10, 7, 10, 7, 10, ''],
  [sum, 0.1, 0.3, 0.2, 0.4, 0.2, ''],
  // A quantity that is suddenly empty is no zero.
  [sum, 10, 7, null, 7, 10, ''],
];

describe('a record met before', () => {
  test.each(ROWS)('%j base %j, here %j, there %j → %j', (...row) => {
    const [rule, base, ours, theirs, result, newBase, decided] = row;
    const merged = applyRecord(rules(rule), {
      base: field(base),
      document: { id: 'd', ...field(ours) },
      record: field(theirs),
    });
    expect(merged.document).toEqual({ id: 'd', ...field(result) });
    expect(merged.base).toEqual(field(newBase));
    expect(merged.decisions.map((decision) => decision.rule)).toEqual(decided === '' ? [] : [decided]);
    expect(merged.changed).toEqual(result === ours || (result === undefined && ours === null) ? [] : ['f']);
  });

  test.each(ROWS)('%j base %j, here %j, there %j: a second time changes nothing', (...row) => {
    const [rule, base, ours, theirs] = row;
    const record = field(theirs);
    const once = applyRecord(rules(rule), { base: field(base), document: field(ours), record });
    const twice = applyRecord(rules(rule), { base: once.base, document: once.document, record });
    expect(twice).toEqual({ ...once, changed: [], decisions: [], rules: {}, refused: {} });
  });
});

describe('a record met for the first time', () => {
  const FIRST: readonly [SystemFieldRule, Value, Value, Value, Value][] = [
    // What is empty here is taken, whoever owns it: else the first push would empty it over there.
    [here, undefined, 'b', 'b', 'b'],
    [mergeHere, undefined, 'b', 'b', 'b'],
    [sum, undefined, 5, 5, 5],
    // What is said here stays and will be pushed, unless the system owns it.
    [here, 'x', 'b', 'x', 'b'],
    [mergeThere, 'x', 'b', 'x', 'b'],
    [there, 'x', 'b', 'b', 'b'],
    [sum, 3, 5, 3, 5],
  ];
  test.each(FIRST)('%j here %j, there %j → %j', (...row) => {
    const [rule, ours, theirs, result, newBase] = row;
    const merged = applyRecord(rules(rule), { base: {}, document: field(ours), record: field(theirs), first: true });
    expect(merged.document).toEqual(field(result));
    expect(merged.base).toEqual(field(newBase));
    expect(merged.decisions).toEqual([]);
  });
});

test('an outranked owner fills what is empty, updates what it wrote, and leaves what a better one said', () => {
  const outranked = rules(there, true);
  expect(applyRecord(outranked, { base: {}, document: {}, record: { f: 'b' } }).document).toEqual({ f: 'b' });
  expect(applyRecord(outranked, { base: { f: 'a' }, document: { f: 'a' }, record: { f: 'b' } }).document).toEqual({
    f: 'b',
  });
  expect(applyRecord(outranked, { base: { f: 'a' }, document: { f: 'x' }, record: { f: 'b' } }).document).toEqual({
    f: 'x',
  });
});

test('a field that the binding does not name is not exchanged, even one named like a property of objects', () => {
  const record = JSON.parse('{"f":"b","__proto__":{"polluted":true},"constructor":"x","other":1}') as JsonObject;
  const merged = applyRecord(rules(there), { base: {}, document: {}, record });
  expect(Object.keys(merged.document)).toEqual(['f']);
  expect(Reflect.get({}, 'polluted')).toBeUndefined();
});

test('values are compared as JSON, so that reordered keys are no change', () => {
  const base: JsonObject = { f: { a: 1, b: [1, 2] } };
  expect(agreesWithBase(rules(there), base, { f: { b: [1, 2], a: 1 } })).toBe(true);
  expect(agreesWithBase(rules(there), base, { f: { b: [2, 1], a: 1 } })).toBe(false);
  expect(agreesWithBase(rules(there), base, {})).toBe(true);
  expect(agreesWithBase(rules(there), base, { f: null })).toBe(false);
});
