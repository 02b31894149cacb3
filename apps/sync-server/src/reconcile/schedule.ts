import type { Strategy } from '@datastores/core';
import { Cron } from 'croner';
import type { Stream } from '../connectors/connector.ts';
import type { Binding } from './binding.ts';

/** When a stream is worked on, as its strategies say together. */
export interface Schedule {
  /** Pull this often; null: only when somebody says that something changed. */
  readonly pullEveryMs: number | null;
  readonly push: PushMode;
  readonly crons: readonly CronTime[];
  /** Scan this often beside the crons; null: not needed. */
  readonly scanEveryMs: number | null;
}

/** When changes are pushed. */
export type PushMode =
  | { readonly when: 'at-once' }
  | { readonly when: 'batch'; readonly everyMs: number; readonly size: number }
  /** Together with the scan of a cron. */
  | { readonly when: 'at-scan' };

/** A time in a time zone. */
export interface CronTime {
  readonly cron: string;
  readonly timeZone: string;
}

/** The schedule of a binding. `scanEveryMs` is for streams whose deletions nothing but a scan can find. */
export function scheduleOf(
  binding: Pick<Binding, 'strategies'>,
  stream: Pick<Stream, 'traits' | 'changes' | 'scan'>,
  scanEveryMs: number,
): Schedule {
  const { strategies } = binding;
  const crons = strategies.filter((strategy) => strategy.kind === 'scheduled');
  const blind = stream.scan !== undefined && (stream.traits.deletes === 'none' || stream.changes === undefined);
  return {
    pullEveryMs: pullEvery(strategies),
    push: pushMode(strategies),
    crons,
    scanEveryMs: blind && crons.length === 0 ? scanEveryMs : null,
  };
}

/** The next time of a cron after `now`, milliseconds since 1970; null if there is none. Throws for a cron that is none. */
export function nextTime({ cron, timeZone }: CronTime, now: number): number | null {
  return new Cron(cron, { timezone: timeZone, paused: true }).nextRun(new Date(now))?.getTime() ?? null;
}

function pullEvery(strategies: readonly Strategy[]): number | null {
  const every = strategies.flatMap((strategy) => {
    if (strategy.kind === 'real-time') return [strategy.pollMs];
    return strategy.kind === 'batch' ? [strategy.everyMs] : [];
  });
  return every.length === 0 ? null : Math.min(...every);
}

function pushMode(strategies: readonly Strategy[]): PushMode {
  if (strategies.some(({ kind }) => kind === 'real-time' || kind === 'event-driven')) return { when: 'at-once' };
  const batch = strategies.find((strategy) => strategy.kind === 'batch');
  return batch === undefined ? { when: 'at-scan' } : { when: 'batch', everyMs: batch.everyMs, size: batch.size };
}
