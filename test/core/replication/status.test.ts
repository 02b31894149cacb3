import { DatastoreError } from '@datastores/core';
import { expect, test } from 'vitest';
import {
  INITIAL_STATUS,
  nextStatus,
  type StatusEvent,
  type StatusName,
} from '../../../packages/core/src/replication/status.ts';

const error = new DatastoreError('SERVER_UNREACHABLE', 'gone');

const events: Record<StatusEvent['type'], StatusEvent> = {
  cycle: { type: 'cycle' },
  progress: { type: 'progress', pulled: 10, remaining: 5, progress: { done: 10, total: 15 } },
  'caught-up': { type: 'caught-up', at: 1_000 },
  unreachable: { type: 'unreachable', error },
  'refused-sign-in': { type: 'refused-sign-in', error },
  refused: { type: 'refused', error },
  checked: {
    type: 'checked',
    report: {
      datastore: 'product',
      at: 2_000,
      outcome: 'equal',
      compared: 7,
      found: 0,
      repaired: 0,
      findings: [],
      error: null,
    },
  },
  closed: { type: 'closed' },
};

/** Which state follows which, complete: a missing cell does not compile. */
const table: Record<StatusName, Record<StatusEvent['type'], StatusName>> = {
  starting: {
    cycle: 'catching-up',
    progress: 'starting',
    'caught-up': 'live',
    unreachable: 'offline',
    'refused-sign-in': 'needs-sign-in',
    refused: 'stopped',
    checked: 'starting',
    closed: 'closed',
  },
  'catching-up': {
    cycle: 'catching-up',
    progress: 'catching-up',
    'caught-up': 'live',
    unreachable: 'offline',
    'refused-sign-in': 'needs-sign-in',
    refused: 'stopped',
    checked: 'catching-up',
    closed: 'closed',
  },
  live: {
    cycle: 'live',
    progress: 'live',
    'caught-up': 'live',
    unreachable: 'offline',
    'refused-sign-in': 'needs-sign-in',
    refused: 'stopped',
    checked: 'live',
    closed: 'closed',
  },
  offline: {
    cycle: 'catching-up',
    progress: 'offline',
    'caught-up': 'live',
    unreachable: 'offline',
    'refused-sign-in': 'needs-sign-in',
    refused: 'stopped',
    checked: 'offline',
    closed: 'closed',
  },
  'needs-sign-in': {
    cycle: 'catching-up',
    progress: 'needs-sign-in',
    'caught-up': 'live',
    unreachable: 'offline',
    'refused-sign-in': 'needs-sign-in',
    refused: 'stopped',
    checked: 'needs-sign-in',
    closed: 'closed',
  },
  stopped: {
    cycle: 'catching-up',
    progress: 'stopped',
    'caught-up': 'live',
    unreachable: 'offline',
    'refused-sign-in': 'needs-sign-in',
    refused: 'stopped',
    checked: 'stopped',
    closed: 'closed',
  },
  closed: {
    cycle: 'closed',
    progress: 'closed',
    'caught-up': 'closed',
    unreachable: 'closed',
    'refused-sign-in': 'closed',
    refused: 'closed',
    checked: 'closed',
    closed: 'closed',
  },
};

for (const [state, row] of Object.entries(table) as [StatusName, Record<StatusEvent['type'], StatusName>][]) {
  for (const [type, expected] of Object.entries(row) as [StatusEvent['type'], StatusName][]) {
    test(`${state} and then ${type} is ${expected}`, () => {
      expect(nextStatus({ ...INITIAL_STATUS, state }, events[type]).state).toBe(expected);
    });
  }
}

test('an error is shown until the replica has caught up again', () => {
  const offline = nextStatus(INITIAL_STATUS, events.unreachable);
  expect(offline.error).toBe(error);
  expect(nextStatus(offline, events.cycle).error).toBe(error);
  expect(nextStatus(offline, events['caught-up'])).toMatchObject({ error: null, syncedAt: 1_000 });
});

test('the report of the last comparison stays until the next one', () => {
  const checked = nextStatus(INITIAL_STATUS, events.checked);

  expect(checked.checked).toMatchObject({ at: 2_000, outcome: 'equal' });
  expect(nextStatus(checked, events.unreachable).checked).toBe(checked.checked);
});
