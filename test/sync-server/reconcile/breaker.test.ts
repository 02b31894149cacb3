import { expect, test } from 'vitest';
import {
  type BreakerEvent,
  FAILURES_TO_OPEN,
  gateOf,
  newSystemState,
  nextSystemState,
} from '../../../apps/sync-server/src/reconcile/breaker.ts';
import type { SystemState } from '../../../apps/sync-server/src/store/system-state.ts';

const NOW = 1_000_000;
type Kind = Extract<BreakerEvent, { is: 'tripped' }>['kind'];
const trip = (kind: Kind, afterMs?: number, random = 0.5): BreakerEvent => ({
  is: 'tripped',
  now: NOW,
  kind,
  reason: kind,
  afterMs,
  random: () => random,
});
const fresh = newSystemState('erp', 0);
const healthy: SystemState = { ...fresh, state: 'healthy' };
const down: SystemState = { ...fresh, state: 'down', failures: 3, error: 'down' };
const stuck: SystemState = { ...fresh, state: 'action-required', failures: 1, error: 'auth' };
const shaky: SystemState = { ...healthy, failures: FAILURES_TO_OPEN - 1 };

type Row = [
  name: string,
  before: SystemState,
  event: BreakerEvent,
  state: SystemState['state'],
  failures: number,
  waits: number,
];
const TABLE: readonly Row[] = [
  ['an unknown system answers', fresh, { is: 'succeeded', now: NOW }, 'healthy', 0, -NOW],
  ['a system that was down answers', down, { is: 'succeeded', now: NOW }, 'healthy', 0, -NOW],
  ['a system that needed a person answers', stuck, { is: 'succeeded', now: NOW }, 'healthy', 0, -NOW],
  ['a first failure', healthy, trip('down'), 'healthy', 1, 100],
  ['a first failure of an unknown system', fresh, trip('down'), 'unknown', 1, 100],
  ['the failure that opens', shaky, trip('down'), 'down', 3, 1_500],
  ['a failed probe', down, trip('down'), 'down', 4, 2_000],
  ['many failed probes', { ...down, failures: 40 }, trip('down', undefined, 0.999), 'down', 41, 300_000],
  ['a throttled system says when', healthy, trip('throttled', 7_000), 'down', 1, 7_500],
  ['a throttled system says nothing', healthy, trip('throttled'), 'down', 1, 1_500],
  ['a wrong password', healthy, trip('auth'), 'action-required', 1, 300_000],
  ['answers of another form', healthy, trip('shape'), 'action-required', 1, 300_000],
];

test.each(TABLE)('%s', (...row) => {
  const [_name, before, event, state, failures, waits] = row;
  const after = nextSystemState(before, event);
  expect(after).toMatchObject({ state, failures });
  expect(after.retryAt - NOW).toBe(waits);
  expect(after.since).toBe(state === before.state ? before.since : NOW);
  expect(after.error === null).toBe(event.is === 'succeeded');
});

test('the gate holds until it is time, and lets a probe go first', () => {
  expect(gateOf(fresh, NOW)).toBe('run');
  expect(gateOf({ ...healthy, retryAt: NOW + 1 }, NOW)).toBe('wait');
  expect(gateOf({ ...down, retryAt: NOW + 1 }, NOW)).toBe('wait');
  expect(gateOf({ ...down, retryAt: NOW }, NOW)).toBe('probe');
  expect(gateOf({ ...stuck, retryAt: NOW }, NOW)).toBe('probe');
});
