import { backoffDelay } from '@datastores/core';
import { LONGEST_WAIT_MS } from '../clock.ts';
import type { Outcome, Traits, Write } from '../connectors/connector.ts';
import type { OutboxRow, OutboxSettle } from '../store/outbox.ts';

/** Failures of one record after which its row is given up on. System failures never count. */
const MAX_ATTEMPTS = 10;

/** What happens beside settling the row. */
export type SettleEffect =
  /** The system has it: move the base on. */
  | 'applied'
  /** Changed over there: merge what is there now, then send the rest. */
  | 'merge'
  /** Gone over there, to be confirmed by a point read. */
  | 'confirm-gone'
  | 'none';

/** An outcome as a connector gives it, or as the engine does where nobody can tell whether a write was applied. */
export type SettledOutcome = Outcome | Rejected;

/** What becomes of a row of the outbox. */
export interface Settlement {
  readonly settle: OutboxSettle;
  readonly effect: SettleEffect;
}

/** What a settlement depends on beside the outcome. */
export interface SettleCase {
  readonly row: Pick<OutboxRow, 'seq' | 'attempts'>;
  readonly op: Write['op'];
  readonly now: number;
  readonly random: () => number;
}

/** What an outcome means for its row. Pure. */
export function settleOutcome(outcome: SettledOutcome, at: SettleCase): Settlement {
  switch (outcome.is) {
    case 'applied':
      return done(at, 'applied');
    case 'missing':
      if (at.op === 'delete') return done(at, 'applied');
      if (at.op === 'create') return dead(at, 'A create was answered with "missing", which no create can be.');
      return { ...again(at, 'ready', { reason: 'The record is missing over there.' }), effect: 'confirm-gone' };
    case 'conflict':
      return { ...again(at, 'ready', { reason: 'The record was changed over there.', afterMs: 0 }), effect: 'merge' };
    case 'rejected':
      return refused(at, outcome);
    case 'retry':
      return again(at, 'ready', outcome);
    case 'unknown':
      return again(at, 'unknown', outcome);
  }
}

/** The row after a failure of the whole system, which costs it nothing. */
export function unsettled(
  row: OutboxRow,
  options: { readonly state: 'ready' | 'unknown'; readonly reason: string },
): OutboxSettle {
  return {
    seq: row.seq,
    state: options.state,
    attempts: row.attempts,
    notBefore: row.notBefore,
    error: options.reason,
  };
}

/** True if a write may be sent a second time although the first may have been applied and nobody can tell. */
export function mayRepeatBlindly(op: Write['op'], creates: Traits['creates']): boolean {
  return creates === 'idempotent' || op === 'update' || op === 'delete';
}

function done({ row }: SettleCase, effect: SettleEffect): Settlement {
  return { settle: { seq: row.seq, state: 'done', attempts: row.attempts, notBefore: 0, error: null }, effect };
}

function dead({ row }: SettleCase, reason: string): Settlement {
  return {
    settle: { seq: row.seq, state: 'dead', attempts: row.attempts + 1, notBefore: 0, error: reason },
    effect: 'none',
  };
}

/** A refusal goes back to those who made the write, but not the engine's own verdict: that is for a person to look at. */
function refused(at: SettleCase, { reason, field, uncertain = false }: Rejected): Settlement {
  const { settle, effect } = dead(at, field === undefined ? reason : `${field}: ${reason}`);
  const refusal = uncertain ? null : { reason, ...(field === undefined ? {} : { field }) };
  return { settle: { ...settle, field: field ?? null, uncertain, refusal }, effect };
}

type Rejected = Extract<Outcome, { readonly is: 'rejected' }> & { readonly uncertain?: boolean };

interface Failure {
  readonly reason: string;
  readonly afterMs?: number;
}

function again(at: SettleCase, state: 'ready' | 'unknown', failure: Failure): Settlement {
  const attempts = at.row.attempts + 1;
  if (attempts >= MAX_ATTEMPTS) {
    const { settle, effect } = dead(at, `Given up after ${attempts} attempts: ${failure.reason}`);
    return { settle: { ...settle, uncertain: state === 'unknown' }, effect };
  }
  const options = { firstMs: 1_000, capMs: 15 * 60_000, random: at.random };
  // A first conflict is settled by the merge that follows it; a record that keeps conflicting is left alone for longer.
  const delay = failure.afterMs === 0 && attempts === 1 ? 0 : backoffDelay(attempts - 1, options, failure.afterMs);
  return {
    settle: {
      seq: at.row.seq,
      state,
      attempts,
      notBefore: at.now + Math.min(LONGEST_WAIT_MS, delay),
      error: failure.reason,
    },
    effect: 'none',
  };
}
