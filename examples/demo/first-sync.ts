import { setTimeout as sleep } from 'node:timers/promises';
import type { Demo } from './start-demo.ts';
import { type Counts, DATASTORE_NAMES, sameCounts } from './worker-message.ts';

/** How many documents a replica has once it holds everything that the systems hold. */
export function expectedCounts({ systems }: Demo): Counts {
  return {
    product: systems.pim.count().products ?? 0,
    customer: systems.crm.count().accounts ?? 0,
    inventory: systems.wms.count().levels ?? 0,
    order: systems.oms.count().orders ?? 0,
  };
}

/** What the wait for the first sync sees and shows. */
export interface FirstSyncOptions {
  readonly signal: AbortSignal;
  readonly counts: () => Counts;
  readonly onProgress: (counts: Counts, expected: Counts) => void;
  /** Gives up when nothing has changed for so long. */
  readonly stalledAfterMs: number;
}

/** Waits until the replica holds as many documents as the systems. Resolves with null, or with what is missing if it stalls. */
export async function waitForFirstSync(demo: Demo, options: FirstSyncOptions): Promise<string | null> {
  let seen = options.counts();
  let changedAt = Date.now();
  for (;;) {
    options.signal.throwIfAborted();
    const [counts, expected] = [options.counts(), expectedCounts(demo)];
    options.onProgress(counts, expected);
    if (sameCounts(counts, expected)) return null;
    if (!sameCounts(counts, seen)) {
      seen = counts;
      changedAt = Date.now();
    }
    if (Date.now() - changedAt > options.stalledAfterMs) {
      const missing = DATASTORE_NAMES.filter((name) => counts[name] !== expected[name]);
      return missing.map((name) => `${name}: ${counts[name]} of ${expected[name]}`).join(', ');
    }
    await sleep(100, undefined, { signal: options.signal });
  }
}
