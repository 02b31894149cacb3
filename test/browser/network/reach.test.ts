import { expect, test } from 'vitest';
import {
  initialReach,
  nextReach,
  type Reach,
  type ReachAction,
  type ReachEvent,
} from '../../../packages/browser/src/network/reach.ts';

const reached = (dueAt: number, isProbing = false): Reach => ({ state: 'reached', isProbing, failures: 0, dueAt });
const lost = (failures: number, dueAt: number, isProbing = false): Reach => ({
  state: 'lost',
  isProbing,
  failures,
  dueAt,
});

test.each<[Reach, ReachEvent, Reach, ReachAction[]]>([
  [reached(5_000), { type: 'tick', at: 4_999 }, reached(5_000), []],
  [reached(5_000), { type: 'tick', at: 5_000 }, reached(5_000, true), ['probe']],
  [reached(5_000, true), { type: 'tick', at: 6_000 }, reached(5_000, true), []],
  [reached(5_000), { type: 'hope', at: 100 }, reached(5_000, true), ['probe']],
  [reached(5_000, true), { type: 'hope', at: 100 }, reached(5_000, true), []],
  [reached(5_000, true), { type: 'heard', at: 6_000 }, reached(11_000), []],
  [reached(5_000, true), { type: 'probe-failed', at: 8_000 }, lost(1, 9_000), ['lost']],
  // The server was heard otherwise while the probe was on its way.
  [reached(11_000), { type: 'probe-failed', at: 8_000 }, reached(11_000), []],
  [reached(5_000), { type: 'unplugged', at: 100 }, lost(1, 1_100), ['lost']],
  [lost(1, 1_100), { type: 'tick', at: 1_099 }, lost(1, 1_100), []],
  [lost(1, 1_100), { type: 'tick', at: 1_100 }, lost(1, 1_100, true), ['probe']],
  [lost(1, 1_100, true), { type: 'probe-failed', at: 4_100 }, lost(2, 6_100), []],
  [lost(9, 1_100, true), { type: 'probe-failed', at: 4_100 }, lost(10, 14_100), []],
  [lost(9, 1_100), { type: 'hope', at: 500 }, lost(0, 1_100, true), ['probe']],
  [lost(3, 1_100), { type: 'unplugged', at: 500 }, lost(4, 8_500), []],
  [lost(3, 1_100, true), { type: 'heard', at: 700 }, reached(5_700), ['regained']],
])('%j, %j: %j, %j', (...[reach, event, next, actions]) => {
  expect(nextReach(reach, event)).toEqual({ reach: next, actions });
});

test('at the start the server counts as reachable, and is probed when it is silent', () => {
  expect(initialReach(1_000)).toEqual(reached(6_000));
});
