import { backoffDelay } from '@datastores/core';
import { hasCome, LONGEST_WAIT_MS } from '../clock.ts';
import type { SystemError } from '../connectors/connector.ts';
import type { SystemState } from '../store/system-state.ts';

/** Failures in a row after which a system counts as down. */
export const FAILURES_TO_OPEN = 3;

/** What happened to a system. `tripped` is a SystemError; `cursor-lost` concerns a stream and never comes here. */
export type BreakerEvent =
  | { readonly is: 'succeeded'; readonly now: number }
  | {
      readonly is: 'tripped';
      readonly now: number;
      readonly kind: Exclude<SystemError['kind'], 'cursor-lost'>;
      readonly reason: string;
      readonly afterMs: number | undefined;
      readonly random: () => number;
    };

/** What the breaker lets through: everything, one probe, or nothing before `retryAt`. */
export type BreakerGate = 'run' | 'probe' | 'wait';

/** The state of a system nothing is known of. */
export function newSystemState(system: string, now: number): SystemState {
  return { system, state: 'unknown', since: now, failures: 0, retryAt: 0, error: null, lastSuccessAt: null };
}

/** The circuit breaker of one system: what was, and what happened, gives what is. Pure. */
export function nextSystemState(before: SystemState, event: BreakerEvent): SystemState {
  if (event.is === 'succeeded') {
    const since = before.state === 'healthy' ? before.since : event.now;
    return { ...before, state: 'healthy', since, failures: 0, retryAt: 0, error: null, lastSuccessAt: event.now };
  }
  const failures = before.failures + 1;
  const state = stateAfter(before, event.kind, failures);
  return {
    ...before,
    state,
    since: state === before.state ? before.since : event.now,
    failures,
    retryAt: event.now + Math.min(LONGEST_WAIT_MS, delayAfter(event, failures)),
    error: event.reason,
  };
}

/** What may be done with a system in this state now. */
export function gateOf(state: SystemState, now: number): BreakerGate {
  if (!hasCome(state.retryAt, now)) return 'wait';
  return state.state === 'down' || state.state === 'action-required' ? 'probe' : 'run';
}

type Tripped = Extract<BreakerEvent, { readonly is: 'tripped' }>;

function stateAfter(before: SystemState, kind: Tripped['kind'], failures: number): SystemState['state'] {
  if (kind === 'auth' || kind === 'shape') return 'action-required';
  if (kind === 'throttled' || failures >= FAILURES_TO_OPEN) return 'down';
  return before.state;
}

const SLOW_RETRY_MS = 5 * 60_000;
const FIRST_MS = 1_000;

function delayAfter({ kind, afterMs, random }: Tripped, failures: number): number {
  if (kind === 'auth' || kind === 'shape') return SLOW_RETRY_MS;
  if (kind === 'throttled' && afterMs !== undefined)
    return afterMs + Math.round(random() * Math.min(afterMs, FIRST_MS));
  if (kind === 'down' && failures < FAILURES_TO_OPEN)
    return backoffDelay(failures, { firstMs: 100, capMs: FIRST_MS, random });
  const opened = kind === 'throttled' ? failures - 1 : failures - FAILURES_TO_OPEN;
  return Math.min(SLOW_RETRY_MS, backoffDelay(opened, { firstMs: FIRST_MS, capMs: SLOW_RETRY_MS, random }, FIRST_MS));
}
