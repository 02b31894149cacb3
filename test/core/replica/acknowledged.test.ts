import type { Checkpoint, Position } from '@datastores/core/protocol';
import { expect, test } from 'vitest';
import { notReached, withAcknowledged } from '../../../packages/core/src/replica/acknowledged.ts';
import type { PullState } from '../../../packages/core/src/replica/journal-entry.ts';
import { startOver, startOverAll } from '../../../packages/core/src/replica/start-over.ts';

const at = (seq: number, epoch = 'e'): Position => ({ epoch, seq, tag: `t${seq}` });

const stateOf = (checkpoint: Checkpoint | null, acknowledged: Checkpoint = {}): PullState => ({
  kind: 'state',
  datastore: 'customer',
  id: 'pull',
  checkpoint,
  acknowledged,
  generations: {},
  resetting: [],
  schemaVersion: 0,
  complete: true,
});

test.each<[what: string, checkpoint: Checkpoint | null, before: Checkpoint, told: Checkpoint, after: Checkpoint]>([
  ['a position beyond the checkpoint is kept', { a: at(5) }, {}, { a: at(7) }, { a: at(7) }],
  ['one that was pulled is not', { a: at(7) }, {}, { a: at(7) }, {}],
  ['one of a scope that was never pulled is', { a: at(5) }, {}, { b: at(1) }, { b: at(1) }],
  ['one of a replica that has pulled nothing is', null, {}, { a: at(1) }, { a: at(1) }],
  ['the later one holds', { a: at(5) }, { a: at(7) }, { a: at(9) }, { a: at(9) }],
  ['an answer that rests on older states says nothing new', { a: at(5) }, { a: at(9) }, { a: at(7) }, { a: at(9) }],
  ['one of another epoch is of another history', { a: at(5) }, { a: at(9) }, { a: at(7, 'f') }, { a: at(7, 'f') }],
  ['scopes do not touch each other', { a: at(5) }, { b: at(2) }, { a: at(6) }, { b: at(2), a: at(6) }],
])('%s', (...[, checkpoint, before, told, after]) => {
  expect(withAcknowledged(stateOf(checkpoint, before), told)).toEqual(stateOf(checkpoint, after));
});

test('a state that learns nothing is the same one', () => {
  const state = stateOf({ a: at(5) }, { a: at(7) });
  expect(withAcknowledged(state, { a: at(6) })).toBe(state);
  expect(withAcknowledged(state, {})).toBe(state);
});

test('a checkpoint reaches what is at or before it in the same epoch', () => {
  const acknowledged = { a: at(5), b: at(5), c: at(5), d: at(5) };
  const checkpoint = { a: at(5), b: at(4), c: at(9, 'f') };
  expect(notReached(acknowledged, checkpoint)).toEqual({ b: at(5), c: at(5), d: at(5) });
});

test('a scope that starts over forgets what was acknowledged in it, also where nothing was pulled of it', () => {
  const state = stateOf({ a: at(5), b: at(5) }, { a: at(7), b: at(8), c: at(1) });
  expect(startOver(state, ['a'])).toMatchObject({ acknowledged: { b: at(8), c: at(1) }, resetting: ['a'] });
  expect(startOverAll(state)).toMatchObject({ acknowledged: {}, resetting: ['a', 'b', 'c'] });
});
