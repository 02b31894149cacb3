import { expect, test } from 'vitest';
import type { Outcome, Write } from '../../../apps/sync-server/src/connectors/connector.ts';
import { mayRepeatBlindly, type SettleEffect, settleOutcome } from '../../../apps/sync-server/src/reconcile/settle.ts';
import type { OutboxSettle } from '../../../apps/sync-server/src/store/outbox.ts';

const NOW = 1_000_000;
type Op = Write['op'];
type Row = [
  outcome: Outcome,
  op: Op,
  attempts: number,
  state: OutboxSettle['state'],
  after: number,
  effect: SettleEffect,
  waits: number,
];

const OPS: readonly Op[] = ['create', 'update', 'add', 'delete'];
const rejected: Outcome = { is: 'rejected', reason: 'no' };
const retry: Outcome = { is: 'retry', reason: 'busy' };
const slow: Outcome = { is: 'retry', reason: 'busy', afterMs: 60_000 };
const unknown: Outcome = { is: 'unknown', reason: 'cut' };

const TABLE: readonly Row[] = [
  ...OPS.flatMap((op): Row[] => [
    [{ is: 'applied', key: 'k' }, op, 3, 'done', 3, 'applied', 0],
    [rejected, op, 0, 'dead', 1, 'none', 0],
    [retry, op, 0, 'ready', 1, 'none', 500],
    [retry, op, 1, 'ready', 2, 'none', 1_000],
    [slow, op, 0, 'ready', 1, 'none', 60_500],
    [retry, op, 9, 'dead', 10, 'none', 0],
    [unknown, op, 0, 'unknown', 1, 'none', 500],
    [unknown, op, 9, 'dead', 10, 'none', 0],
    [{ is: 'conflict' }, op, 0, 'ready', 1, 'merge', 0],
    [{ is: 'conflict' }, op, 1, 'ready', 2, 'merge', 1_000],
    [{ is: 'conflict' }, op, 9, 'dead', 10, 'merge', 0],
  ]),
  [{ is: 'missing' }, 'delete', 0, 'done', 0, 'applied', 0],
  [{ is: 'missing' }, 'update', 0, 'ready', 1, 'confirm-gone', 500],
  [{ is: 'missing' }, 'add', 0, 'ready', 1, 'confirm-gone', 500],
  [{ is: 'missing' }, 'create', 0, 'dead', 1, 'none', 0],
];

test.each(TABLE)('%j of %s after %i attempts → %s, %i attempts, %s, in %i ms', (...row) => {
  const [outcome, op, attempts, state, after, effect, waits] = row;
  const { settle, ...rest } = settleOutcome(outcome, { row: { seq: 1, attempts }, op, now: NOW, random: () => 0.5 });
  expect(rest.effect).toBe(effect);
  expect(settle).toMatchObject({ seq: 1, state, attempts: after });
  if (state === 'ready' || state === 'unknown') expect(settle.notBefore - NOW).toBe(waits);
  expect(settle.error === null).toBe(state === 'done');
});

test('waiting never grows beyond a quarter of an hour', () => {
  const at = { row: { seq: 1, attempts: 8 }, op: 'update' as const, now: NOW, random: () => 0.999999 };
  const { settle } = settleOutcome(retry, at);
  expect(settle.notBefore - NOW).toBeLessThanOrEqual(15 * 60_000);
});

test('a dead row names the field that was refused', () => {
  const outcome: Outcome = { is: 'rejected', reason: 'too long', field: 'name' };
  const { settle } = settleOutcome(outcome, {
    row: { seq: 1, attempts: 0 },
    op: 'update',
    now: NOW,
    random: Math.random,
  });
  expect(settle.error).toBe('name: too long');
});

test('only a write that does the same the second time may be repeated without asking', () => {
  const unsafe = OPS.filter((op) => !mayRepeatBlindly(op, 'unsafe'));
  expect(unsafe).toEqual(['create', 'add']);
  expect(OPS.every((op) => mayRepeatBlindly(op, 'idempotent'))).toBe(true);
});
