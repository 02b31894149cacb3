import type { Collection } from './collection.ts';
import { answer, begin, blockKey, type IndexedDb } from './database.ts';

/** What a page does first, and writes, which wait for readers, go before. */
const BEGIN_MS = 1_000;
const PAUSE_MS = 15;

/** Reads texts into memory while the page has nothing else to do. */
export interface Warming {
  /** A collection was opened: the first queries of a page should not have to read one record after the other. */
  warm(collection: Collection): void;
  stop(): void;
}

/** Reads block after block in idle time until no more fit into memory. Does nothing where the browser has no idle time to tell. */
export function createWarming(access: IndexedDb, database: IDBDatabase): Warming {
  let stopped = false;

  async function warmAll(collection: Collection): Promise<void> {
    const { number, table, texts } = collection;
    await pause(BEGIN_MS);
    for (const block of table.counts.all()) {
      await pause(PAUSE_MS);
      await idle();
      const parts = table.counts.partsOf(block);
      if (stopped || collection.removed) return;
      if (parts === 0) continue;
      const range = access.IDBKeyRange.bound(blockKey(number, block), blockKey(number, block + parts - 1));
      const read = await answer<string[][]>(begin(database, 'readonly').store('blocks').getAll(range));
      // Fewer: it was packed anew meanwhile.
      if (read.length !== parts) continue;
      for (const [at, part] of read.entries()) if (!texts.keepIfRoom(block + at, part)) return;
    }
  }

  return {
    warm(collection) {
      if (typeof requestIdleCallback === 'undefined') return;
      // What fails here fails again, and is told, when somebody reads.
      warmAll(collection).catch(() => undefined);
    },
    stop() {
      stopped = true;
    },
  };
}

function idle(): Promise<void> {
  return new Promise((resolve) => requestIdleCallback(() => resolve()));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
