import { type Clock, systemClock } from '@datastores/sync-server';

/** A clock on which so many seconds pass in one, so that back-off and schedules need no patience. */
export function fastClock(speed: number): Clock {
  const began = Date.now();
  return {
    now: () => began + (Date.now() - began) * speed,
    sleep: (ms, signal) => systemClock.sleep(ms / speed, signal),
  };
}
