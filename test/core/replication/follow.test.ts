import type { Checkpoint, Position, Step } from '@datastores/core/protocol';
import { expect, test } from 'vitest';
import { follow, lacksScope } from '../../../packages/core/src/replication/follow.ts';

const at = (seq: number, tag = `t${seq}`, epoch = 'e'): Position => ({ epoch, seq, tag });

function step(after: Position | null, to: Position, changes: Step['changes'] = {}): Step {
  return { scope: 'main', after, to, changes };
}

const inScope = (scope: string, given: Step): Step => ({ ...given, scope });

const rows = (text: string) => ({ product: text });

const from = (checkpoint: Checkpoint, acknowledged: Checkpoint = {}) => ({ checkpoint, acknowledged });

test.each<[what: string, steps: Step[], texts: string[], seq: number, pull: boolean]>([
  ['no step', [], [], 5, false],
  ['a step from here with rows', [step(at(5), at(6), rows('a'))], ['a'], 6, false],
  ['a step from here that did not touch the datastore', [step(at(5), at(9), { customer: 'x' })], [], 9, false],
  ['a step from here whose rows were all written again since', [step(at(5), at(6), rows(''))], [], 6, false],
  ['a step from here without its rows', [step(at(5), at(6), { product: null })], [], 5, true],
  ['two steps in a row', [step(at(5), at(6), rows('a')), step(at(6), at(8), rows('b'))], ['a', 'b'], 8, false],
  ['a step behind a gap', [step(at(6), at(7), rows('b'))], [], 5, true],
  ['a gap in the middle', [step(at(5), at(6), rows('a')), step(at(7), at(8), rows('b'))], ['a'], 6, true],
  ['the wrong order', [step(at(6), at(7), rows('b')), step(at(5), at(6), rows('a'))], [], 5, true],
  ['a step twice', [step(at(5), at(6), rows('a')), step(at(5), at(6), rows('a'))], ['a'], 6, false],
  ['a step that a pull was faster with', [step(at(3), at(5), rows('a'))], [], 5, false],
  [
    'a step long past, then one from here',
    [step(at(1), at(2), { product: null }), step(at(5), at(6), rows('a'))],
    ['a'],
    6,
    false,
  ],
  ['a step from a place passed to one ahead', [step(at(4), at(6), rows('a'))], [], 5, true],
  ['a step from here by number, of another commit', [step(at(5, 'other'), at(6), rows('a'))], [], 5, true],
  ['a step to here by number, of another commit', [step(at(4), at(5, 'other'), rows('a'))], [], 5, true],
  ['a step of another epoch from here', [step(at(5, 't5', 'new'), at(6, 't6', 'new'), rows('a'))], [], 5, true],
  ['a step back in another epoch', [step(at(1, 't1', 'new'), at(2, 't2', 'new'), rows('a'))], [], 5, true],
  ['the newest place, which is here', [step(null, at(5))], [], 5, false],
  ['the newest place, which is ahead', [step(null, at(6))], [], 5, true],
  ['the newest place, which is behind: the server has to say why', [step(null, at(4))], [], 5, true],
  ['the newest place of a history that went another way', [step(null, at(5, 'other'))], [], 5, true],
  ['a scope that is new here', [inScope('other', step(at(0, ''), at(1), rows('a')))], [], 5, true],
])('%s', (...[, steps, texts, seq, pull]) => {
  const followed = follow(from({ main: at(5) }), steps, 'product');

  expect(followed).toEqual({ texts, checkpoint: { main: at(seq) }, pull });
});

test.each<[what: string, acknowledged: Position, steps: Step[], texts: string[], seq: number, pull: boolean]>([
  ['a step to it', at(6), [step(at(5), at(6), rows('a'))], ['a'], 6, false],
  ['a step to the end of its commit', at(6, 't7'), [step(at(5), at(7), rows('a'))], ['a'], 7, false],
  ['two steps to it', at(8), [step(at(5), at(6), rows('a')), step(at(6), at(8), rows('b'))], ['a', 'b'], 8, false],
  ['one step that goes beyond', at(6, 'own'), [step(at(5), at(8), rows('a'))], [], 5, true],
  ['only a step before it', at(8), [step(at(5), at(6), rows('a'))], [], 5, true],
  ['a step to another commit of its number', at(6, 'own'), [step(at(5), at(6), rows('a'))], [], 5, true],
  ['a step to its number and tag in another epoch', at(6, 't6', 'old'), [step(at(5), at(6), rows('a'))], [], 5, true],
  ['a gap before it', at(8), [step(at(5), at(6), rows('a')), step(at(7), at(8), rows('b'))], [], 5, true],
  [
    'a newest place before it',
    at(8),
    [step(at(5), at(6), rows('a')), step(null, at(7)), step(at(6), at(8), rows('b'))],
    [],
    5,
    true,
  ],
  [
    'a step on the way without its rows',
    at(8),
    [step(at(5), at(6), rows('a')), step(at(6), at(8), { product: null })],
    ['a'],
    6,
    true,
  ],
  ['a step of another scope', at(8), [inScope('other', step(at(1), at(2), rows('a')))], ['a'], 5, false],
  ['the newest place, which is here', at(8), [step(null, at(5))], [], 5, true],
  ['old news', at(8), [step(at(3), at(4), rows('a'))], [], 5, false],
])('where something acknowledged is awaited: %s', (...[, acknowledged, steps, texts, seq, pull]) => {
  const followed = follow(from({ main: at(5), other: at(1) }, { main: acknowledged }), steps, 'product');

  const other = steps.some(({ scope }) => scope === 'other') ? at(2) : at(1);
  expect(followed).toEqual({ texts, checkpoint: { main: at(seq), other }, pull });
});

test('each scope is followed by itself', () => {
  const steps = [
    inScope('b', step(at(7), at(8), rows('b'))),
    inScope('a', step(at(5), at(6), rows('a'))),
    inScope('b', step(at(8), at(9), rows('c'))),
  ];
  const followed = follow(from({ a: at(5), b: at(7) }), steps, 'product');

  expect(followed).toEqual({ texts: ['b', 'a', 'c'], checkpoint: { a: at(6), b: at(9) }, pull: false });
});

test('the checkpoint that is followed from stays as it is, and names of prototypes are no scopes', () => {
  const checkpoint = Object.freeze({ main: Object.freeze(at(5)) });
  follow(from(checkpoint), [step(at(5), at(6), rows('a'))], 'product');
  expect(checkpoint).toEqual({ main: at(5) });
  expect(follow(from({}), [inScope('toString', step(null, at(1)))], 'product').pull).toBe(true);
  expect(follow(from({ main: at(5) }), [step(at(5), at(6), {})], 'toString')).toMatchObject({ texts: [], pull: false });
});

test('a scope that the steps do not name was lost', () => {
  expect(lacksScope({ a: at(1), b: at(1) }, [inScope('a', step(null, at(1), {}))])).toBe(true);
  expect(lacksScope({ a: at(1) }, [inScope('a', step(null, at(1), {})), inScope('b', step(null, at(1), {}))])).toBe(
    false,
  );
});
