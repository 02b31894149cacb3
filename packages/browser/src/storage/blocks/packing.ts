import type { Connection } from './connection.ts';
import { pack } from './pack.ts';

/** Packs when it is worth it and nobody is writing. */
export interface Packing {
  /** Something was written. */
  written(): void;
  /** Packs whatever there is. */
  readonly now: () => Promise<void>;
  stop(): void;
}

/** Documents in the log that are worth packing. A page that is opened parses so many at most, or a few more. */
const LOGGED = 400;

/** Sparse blocks that are worth packing. */
const SPARSE = 8;

/** How long nobody has to write before, and how often that is put off. */
const QUIET_MS = 300;
const MOST_DELAYS = 20;

/** Looks after the log and the blocks of a connection. */
export function createPacking(connection: Connection): Packing {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let delays = 0;

  function due(): boolean {
    const tables = connection.collections().map(({ table }) => table);
    const logged = tables.reduce((sum, table) => sum + table.loggedCount(), 0);
    return logged >= LOGGED || tables.some((table) => table.counts.sparse(SPARSE).length === SPARSE);
  }

  function packNow(): void {
    timer = undefined;
    delays = 0;
    // Another tab may have packed meanwhile. What fails here, e.g. for want of space, is tried again after the next write.
    if (due()) pack(connection).catch(() => undefined);
  }

  return {
    written() {
      if (!due() || (timer !== undefined && delays >= MOST_DELAYS)) return;
      clearTimeout(timer);
      delays += 1;
      // Tabs that see the same log do not all begin at once.
      timer = setTimeout(packNow, QUIET_MS * (1 + Math.random()));
      (timer as { unref?: () => void }).unref?.();
    },
    now: () => pack(connection),
    stop() {
      clearTimeout(timer);
    },
  };
}
