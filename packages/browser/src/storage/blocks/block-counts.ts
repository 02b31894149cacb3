/** How many documents of each block still count. */
export interface BlockCounts {
  /** A block with so many documents and parts is there. */
  known(block: number, size: { readonly documents: number; readonly parts: number }): void;
  readonly partsOf: (block: number) => number;
  /** A document counts from now on, or does no longer. */
  entered(block: number): void;
  left(block: number): void;
  /** The block is not there any more. */
  gone(block: number): void;
  /** Blocks less than half of whose documents, or of what a full block holds, count; oldest first, at most so many. */
  sparse(most: number): readonly number[];
  /** Blocks with documents that do not count any more. */
  stale(): readonly number[];
  readonly all: () => readonly number[];
  clear(): void;
}

/** Documents of a full block, which have one head: what a pull writes in one go. Fewer make it slower to open a database. */
export const BLOCK_DOCUMENTS = 250;

/** Begins without any block. */
export function createBlockCounts(): BlockCounts {
  const blocks = new Map<number, { documents: number; parts: number; live: number }>();
  const counted = (block: number) => {
    const count = blocks.get(block) ?? { documents: 0, parts: 0, live: 0 };
    blocks.set(block, count);
    return count;
  };
  return {
    known: (block, size) => Object.assign(counted(block), size),
    partsOf: (block) => blocks.get(block)?.parts ?? 0,
    entered(block) {
      counted(block).live += 1;
    },
    left(block) {
      const count = blocks.get(block);
      if (count !== undefined) count.live -= 1;
    },
    gone: (block) => blocks.delete(block),
    sparse(most) {
      const found: number[] = [];
      for (const [block, { live }] of blocks) {
        if (live < BLOCK_DOCUMENTS / 2) found.push(block);
        if (found.length === most) break;
      }
      return found;
    },
    stale: () => [...blocks].filter(([, { documents, live }]) => live < documents).map(([block]) => block),
    all: () => [...blocks.keys()],
    clear: () => blocks.clear(),
  };
}
