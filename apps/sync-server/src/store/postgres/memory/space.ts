import type { Statement } from '../session.ts';

/** A read of what was asked for and is not here yet. */
export interface Load {
  readonly statement: Statement;
  /** Takes in the rows, as lists. */
  readonly take: (rows: readonly never[]) => void;
}

/** What of one table a transaction has in memory. */
export interface Part {
  /** Reads for everything that was asked for since the last time. */
  loads(): readonly Load[];
  /** Statements that write what has changed. */
  writes(): readonly Statement[];
}

/** Something that changes can be undone in, forgotten in, or that must be forgotten as a whole. */
export interface Memory {
  /** Forgets the changes, keeps what was read. */
  restart(): void;
  /** Forgets all but what was asked for, which is read again. */
  reread(): void;
  readonly isShort: boolean;
}

/** The memory of one transaction: everything in it is undone and forgotten together. */
export interface Space {
  add(memory: Memory): void;
  /** Notes how to take back a change. */
  changed(undo: () => void): void;
  /** Begins a job and returns how to undo it alone. */
  begin(): () => void;
  /** Forgets all changes, so that the jobs can run again on what was read meanwhile. */
  restart(): void;
  reread(): void;
  /** True if something was asked for that was not here, so that what came of it is void. */
  readonly isShort: boolean;
}

/** Makes an empty space. */
export function createSpace(): Space {
  const memories: Memory[] = [];
  let undos: (() => void)[] = [];
  return {
    add: (memory) => void memories.push(memory),
    changed: (undo) => void undos.push(undo),
    begin: () => {
      undos = [];
      return () => {
        for (const undo of undos.reverse()) undo();
        undos = [];
      };
    },
    restart: () => {
      undos = [];
      for (const memory of memories) memory.restart();
    },
    reread: () => {
      undos = [];
      for (const memory of memories) memory.reread();
    },
    get isShort() {
      return memories.some(({ isShort }) => isShort);
    },
  };
}
