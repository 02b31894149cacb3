import { setTimeout as sleep } from 'node:timers/promises';
import type { Demo } from './start-demo.ts';
import type { DemoSystem } from './systems/demo-system.ts';
import { type Counts, DATASTORE_NAMES } from './worker-message.ts';

/** How many documents a replica has once it holds everything that the systems hold. */
function expectedCounts({ systems }: Demo): Counts {
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

/**
 * Waits until the server knows every record of every system and the replica holds as many documents. Resolves with null,
 * or with what is missing if it stalls.
 */
export async function waitForFirstSync(demo: Demo, options: FirstSyncOptions): Promise<string | null> {
  let [seen, changedAt] = ['', Date.now()];
  for (;;) {
    options.signal.throwIfAborted();
    const [counts, expected] = [options.counts(), expectedCounts(demo)];
    options.onProgress(counts, expected);
    const missing = [...missingDocuments(counts, expected), ...(await missingRecords(demo))];
    if (missing.length === 0) return null;
    const state = missing.join(', ');
    if (state !== seen) [seen, changedAt] = [state, Date.now()];
    if (Date.now() - changedAt > options.stalledAfterMs) return state;
    await sleep(200, undefined, { signal: options.signal });
  }
}

function missingDocuments(counts: Counts, expected: Counts): string[] {
  const names = DATASTORE_NAMES.filter((name) => counts[name] !== expected[name]);
  return names.map((name) => `${name} ${counts[name]} of ${expected[name]}`);
}

/** Two systems feed one datastore, so its count alone would not tell that one of them was not read. */
async function missingRecords(demo: Demo): Promise<string[]> {
  const { erp, pim, crm, wms, oms } = demo.systems;
  const systems: Readonly<Record<string, DemoSystem>> = { erp, pim, crm, wms, oms };
  return (await demo.systemStatus()).flatMap(({ system, streams, error }) =>
    streams
      .filter(({ stream, links }) => links !== systems[system]?.count()[stream])
      .map(({ stream, links }) => `${system}/${stream} ${links} linked${error === null ? '' : ` (${error})`}`),
  );
}
