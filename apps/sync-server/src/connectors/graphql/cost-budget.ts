import type { Bucket, Cost } from './cost.ts';
import { createCostEstimate } from './cost-estimate.ts';

/** What is known of the cost budget of a service, over all streams and calls of a connector. */
export interface CostBudget {
  /** Sets aside what a request is expected to cost, at most all there can be. */
  reserve(use: Use, now: number): Reservation;
}

/** What a request is for. Those of one kind differ in the number of records alone. */
export interface Use {
  readonly kind: string;
  /** Number of records asked for or written. */
  readonly width: number;
}

/** Points set aside for one request. */
export interface Reservation {
  /** Milliseconds until the budget allows it. */
  readonly waitMs: number;
  /** The answer came, at this time. */
  settle(cost: Cost, now: number): void;
  /** Nothing was sent, or nothing came back. */
  release(): void;
}

/** Until the first answer nothing is known, and nothing waits. */
export function createCostBudget(): CostBudget {
  const estimate = createCostEstimate();
  let bucket: (Bucket & { readonly at: number }) | undefined;
  let reserved = 0;
  return {
    reserve({ kind, width }, now) {
      const cost = Math.min(estimate.of(kind, width), bucket?.maximum ?? Number.POSITIVE_INFINITY);
      const free = bucket ? levelAt(bucket, now) - reserved : cost;
      const waitMs = bucket && free < cost ? Math.ceil(((cost - free) / bucket.rate) * 1_000) : 0;
      reserved += cost;
      let open = true;
      const release = () => {
        if (open) reserved -= cost;
        open = false;
      };
      return {
        waitMs,
        release,
        settle(seen, at) {
          release();
          if (seen.requested !== undefined) estimate.learn(kind, { width, cost: seen.requested });
          // What others have set aside is not spent yet over there: it stays reserved here.
          if (seen.bucket) bucket = { ...seen.bucket, at };
        },
      };
    },
  };
}

function levelAt(bucket: Bucket & { readonly at: number }, now: number): number {
  return Math.min(bucket.maximum, bucket.available + (Math.max(0, now - bucket.at) / 1_000) * bucket.rate);
}
