import type Database from 'better-sqlite3';

/** The numbers that the writes of a file get, in the order of their commits. All its collections share them. */
export interface Sequence {
  /**
   * The last number given. It only grows, also when the documents with the highest ones go: a reader whose checkpoint is
   * such a number would miss what is written next. Call it in the transaction of the write.
   */
  last(): number;
  /** Notes the last number given. */
  give(last: number): void;
  /** A transaction has begun: another process may have given numbers since the last one. */
  begun(): void;
  /** Stores what was given, at the end of the transaction: once, however many writes are in it. */
  store(): void;
}

/** The numbers of one file, which has its table of them. */
export function createSequence(database: Database.Database): Sequence {
  const read = database.prepare<[], number>('SELECT last FROM sequence').pluck();
  const write = database.prepare('UPDATE sequence SET last = ?');
  let last: number | undefined;
  let stored: number | undefined;
  const current = () => {
    stored ??= read.get() ?? 0;
    last ??= stored;
    return last;
  };
  return {
    last: current,
    give(seq) {
      last = seq;
    },
    begun() {
      last = undefined;
      stored = undefined;
    },
    store() {
      if (last === stored) return;
      write.run(last);
      stored = last;
    },
  };
}
