import { expect, test } from 'vitest';
import type { LocalWrite } from './ledger.ts';
import { refusedCounts } from './refused-counts.ts';

function counted(amount: number, state: LocalWrite['state'] = 'acknowledged'): LocalWrite {
  const place = { device: 'r3', datastore: 'item', id: 'c1', field: 'count' } as const;
  return { ...place, kind: 'count', value: '', amount, order: 0, state };
}

function refusal(count: number, code: 'FORBIDDEN' | 'CHANGE_CONFLICT' = 'FORBIDDEN') {
  return { datastore: 'item', id: 'c1', code, text: JSON.stringify({ id: 'c1', count }) };
}

const had = (count: number) => [10_000, 9_900].includes(count);

test('the counts between a state of the server and the one that was refused with its scope are refused', () => {
  const [taken, second, third] = [counted(100), counted(7), counted(30)];
  const refused = refusedCounts({ counts: [taken, second, third], refusals: [refusal(9_863)], had });
  expect([...refused]).toEqual([second, third]);
});

test('a count that is not part of what was refused is not excused by it', () => {
  const [refused, after] = [counted(7), counted(30)];
  expect([...refusedCounts({ counts: [refused, after], refusals: [refusal(9_893)], had })]).toEqual([refused]);
  expect(refusedCounts({ counts: [after], refusals: [refusal(9_893)], had }).size).toBe(0);
});

test('a count that was under way in a crash may be part of what was refused or not', () => {
  const counts = [counted(7), counted(500, 'unsure'), counted(30)];
  expect(refusedCounts({ counts, refusals: [refusal(9_863)], had }).size).toBe(3);
  expect(refusedCounts({ counts, refusals: [refusal(9_363)], had }).size).toBe(3);
});

test('an edit that lost against the server excuses no count: counts never lose', () => {
  expect(refusedCounts({ counts: [counted(7)], refusals: [refusal(9_893, 'CHANGE_CONFLICT')], had }).size).toBe(0);
});

test('the deletion of a document that was refused excuses no count', () => {
  const deletion = { ...refusal(0), text: 'null' };
  expect(refusedCounts({ counts: [counted(7)], refusals: [deletion], had }).size).toBe(0);
});
