/** What is known of the way to the server. */
export interface Reach {
  readonly state: 'reached' | 'lost';
  /** True while a probe is on its way. */
  readonly isProbing: boolean;
  /** Probes that have failed in a row. */
  readonly failures: number;
  /** When a probe is due by itself, milliseconds of the clock that events carry. */
  readonly dueAt: number;
}

/** What happens; `at` in milliseconds of a clock that never goes back. */
export type ReachEvent = { readonly at: number } & (
  | { readonly type: 'tick' }
  /** The device says that it has a network again, or the page is looked at again. */
  | { readonly type: 'hope' }
  /** The device says that it has no network. */
  | { readonly type: 'unplugged' }
  /** The server was heard, in whatever way. */
  | { readonly type: 'heard' }
  | { readonly type: 'probe-failed' }
);

/** What is to be done then. */
export type ReachAction = 'probe' | 'lost' | 'regained';

/** How long the server may be silent before it is probed, milliseconds. */
const SILENCE_MS = 5_000;

/** Wait between probes of a server that cannot be reached, milliseconds; grows up to the latter. */
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 10_000;

/** The state at the start: taken to be reachable, until a request or a probe says otherwise. */
export function initialReach(at: number): Reach {
  return { state: 'reached', isProbing: false, failures: 0, dueAt: at + SILENCE_MS };
}

/**
 * Whether the server can be reached. Events of the device are only reasons to ask: with the cable plugged in there may
 * still be no way, and without any event it may be gone. Only what the server said says that it is there. One failed probe
 * is enough to say that it is not: probes run beside other requests, which do not fail for it if they are answered. Pure.
 */
export function nextReach(
  reach: Reach,
  event: ReachEvent,
): { readonly reach: Reach; readonly actions: readonly ReachAction[] } {
  const { at } = event;
  switch (event.type) {
    case 'heard':
      return {
        reach: { state: 'reached', isProbing: false, failures: 0, dueAt: at + SILENCE_MS },
        actions: reach.state === 'lost' ? ['regained'] : [],
      };
    case 'tick':
      return at < reach.dueAt || reach.isProbing ? { reach, actions: [] } : probe(reach);
    case 'hope':
      return reach.isProbing ? { reach, actions: [] } : probe({ ...reach, failures: 0 });
    case 'unplugged':
      return lose(reach, at);
    case 'probe-failed':
      return reach.isProbing ? lose(reach, at) : { reach, actions: [] };
  }
}

function probe(reach: Reach) {
  return { reach: { ...reach, isProbing: true }, actions: ['probe' as const] };
}

function lose(reach: Reach, at: number) {
  const failures = reach.failures + 1;
  const wait = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1));
  return {
    reach: { state: 'lost' as const, isProbing: false, failures, dueAt: at + wait },
    actions: reach.state === 'reached' ? (['lost'] as const) : [],
  };
}
