import { expect, test } from 'vitest';
import type { HistoryEvent } from '../../../apps/sync-server/src/store/history.ts';
import { unexplained } from './explained.ts';

const about = { scope: 's1', datastore: 'item', id: 'x', at: 1, by: 'replica-1', replaced: null };
const made: HistoryEvent = { ...about, kind: 'accepted', seq: 1, changed: null };
const changed = (seq: number, changed: HistoryEvent['changed']): HistoryEvent => ({ ...made, seq, changed });

test('a history that leads to the values of a document explains it', () => {
  const history = [made, changed(2, { a: { was: 1, is: 2 } }), changed(3, { a: { was: 2, is: 3 }, b: { was: 1 } })];
  expect(unexplained({ id: 'x', a: 3 }, history)).toBeNull();
  expect(
    unexplained({ id: 'x', a: 'y'.repeat(300) }, [changed(2, { a: { is: { cut: '"yy', length: 302 } } })]),
  ).toBeNull();
});

test('a value that no event leads to is told', () => {
  const history = [made, changed(2, { a: { was: 1, is: 2 } })];
  expect(unexplained({ id: 'x', a: 3 }, history)).toContain('a is 3');
  expect(unexplained({ id: 'x' }, history)).toContain('a is undefined');
  expect(unexplained({ id: 'x', a: 2, b: 1 }, [...history, changed(3, { b: { was: 1 } })])).toContain('b is 1');
  expect(unexplained({ id: 'x' }, [])).toBe('no event made it');
});

test('what was before a deletion explains nothing', () => {
  const deleted: HistoryEvent = { ...made, kind: 'deleted', seq: 3 };
  const history = [made, changed(2, { a: { was: 1, is: 2 } }), deleted, { ...made, seq: 4 }];
  expect(unexplained({ id: 'x', a: 9 }, history)).toBeNull();
});
