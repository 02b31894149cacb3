import type { Strategy } from '../strategy.ts';

/** When a replica exchanges changes of one datastore with the server. Milliseconds. */
export interface Schedule {
  /** Delay after a local write before it is pushed; null: not because of a write. */
  readonly pushAfterMs: number | null;
  /** Number of waiting changes that is pushed without further delay. */
  readonly pushAtSize: number;
  /** True if a poke is followed by a pull. */
  readonly pullOnPoke: boolean;
  /** Longest time without a full exchange, from now; null: none. */
  readonly nextMs: (streamConnected: boolean) => number | null | Promise<number | null>;
}

/** How long real-time goes without a pull while the stream is open: pokes do the work, this only bounds the damage of a bug. */
const SAFETY_MS = 300_000;

/** The moments of a strategy, for the hop between replica and server. */
export function scheduleOf(strategy: Strategy): Schedule {
  switch (strategy.kind) {
    case 'real-time':
      return {
        pushAfterMs: 0,
        pushAtSize: 1,
        pullOnPoke: true,
        nextMs: (connected) => (connected ? SAFETY_MS : Math.max(strategy.pollMs, 1_000) * 10),
      };
    case 'batch':
      return {
        pushAfterMs: strategy.everyMs,
        pushAtSize: strategy.size,
        pullOnPoke: false,
        nextMs: () => strategy.everyMs,
      };
    case 'scheduled':
      return {
        pushAfterMs: null,
        pushAtSize: Number.POSITIVE_INFINITY,
        pullOnPoke: false,
        nextMs: () => untilNext(strategy),
      };
    case 'event-driven':
      return { pushAfterMs: 0, pushAtSize: 1, pullOnPoke: true, nextMs: () => null };
  }
}

/** Loaded by those alone who have a schedule: it is a tenth of what a page has to load. */
async function untilNext({ cron, timeZone }: Extract<Strategy, { kind: 'scheduled' }>): Promise<number | null> {
  const { Cron } = await import('croner');
  return new Cron(cron, { timezone: timeZone }).msToNext();
}
