import type { Clock } from '../clock.ts';

/** How much each of many may take in a minute. */
export interface Allowance {
  /** Takes an amount, and returns 0; or takes nothing, and returns the milliseconds until there is as much. */
  take(name: string, amount: number): number;
}

/** Names whose use is remembered; beyond that those are forgotten that have their whole allowance again, then the oldest. */
const MAX_NAMES = 10_000;

const MINUTE_MS = 60_000;

/**
 * A bucket for each name that holds a minute's worth and fills steadily. What is larger than a bucket is taken from a full
 * one, so that nothing waits for ever; the debt is paid off before anything else.
 */
export function createAllowance(perMinute: number, clock: Clock): Allowance {
  const buckets = new Map<string, { left: number; at: number }>();
  const levelOf = (bucket: { readonly left: number; readonly at: number }, now: number) =>
    Math.min(perMinute, bucket.left + (Math.max(0, now - bucket.at) * perMinute) / MINUTE_MS);

  function forget(now: number): void {
    for (const [name, bucket] of buckets) if (levelOf(bucket, now) >= perMinute) buckets.delete(name);
    for (const name of buckets.keys()) {
      if (buckets.size < MAX_NAMES) break;
      buckets.delete(name);
    }
  }

  return {
    take(name, amount) {
      const now = clock.now();
      const before = buckets.get(name);
      const left = before === undefined ? perMinute : levelOf(before, now);
      const needed = Math.min(amount, perMinute);
      if (left < needed) return Math.ceil(((needed - left) * MINUTE_MS) / perMinute);
      if (before === undefined && buckets.size >= MAX_NAMES) forget(now);
      buckets.set(name, { left: left - amount, at: now });
      return 0;
    },
  };
}
