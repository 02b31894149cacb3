import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';

/** How long a deletion is kept for replicas that are away. One that is away longer starts over, keeping its own changes. */
const RETENTION_MS = 90 * 24 * 60 * 60_000;

/** How long the receipt of a confirmed write is kept. One that waits, or was rejected, is kept as long as a deletion. */
const RECEIPTS_KEPT_MS = 7 * 24 * 60 * 60_000;

/** How often the store is looked through for what has outlived the retention. */
const COMPACTION_EVERY_MS = 60 * 60_000;

/** What is kept up, and how much of the history of each document. */
export interface RetentionParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly history: { readonly maxEvents: number; readonly keepMs: number };
}

/** Ends the retention of old deletions and old events from time to time, until the signal aborts. */
export async function keepRetention(
  { store, clock, log, history }: RetentionParts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const now = clock.now();
      await store.expireReceipts({ settledBefore: now - RECEIPTS_KEPT_MS, before: now - RETENTION_MS });
      const removed = await store.compact({
        before: now - RETENTION_MS,
        history: { maxEvents: history.maxEvents, before: now - history.keepMs },
      });
      if (removed > 0) log.info('tombstones-compacted', { removed });
    } catch (error) {
      // The next round tries again: nothing depends on when a tombstone goes.
      log.warn('compaction-failed', { error });
    }
    await clock.sleep(COMPACTION_EVERY_MS, signal);
  }
}
