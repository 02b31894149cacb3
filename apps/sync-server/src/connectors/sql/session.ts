import type { Context } from '../connector.ts';

/** Connections to one database. Everything runs in transactions; nothing of one is left set for the next. */
export interface Session {
  /** One consistent snapshot, nothing can be written. */
  read<T>(context: Context, work: (query: Query) => Promise<T>): Promise<T>;
  /** Commits what `work` did where it says so, else rolls back. `progress` tells how far it came when it throws. */
  write<T>(call: WriteCall, work: (query: Query) => Promise<Ended<T>>): Promise<T>;
  close(): Promise<void>;
}

/**
 * Runs one statement; the rows are lists of values in the order of the statement. `$1`, `$2`, … stand for `values`, names
 * are quoted with `"`.
 */
export type Query = (text: string, values?: readonly unknown[]) => Promise<unknown[][]>;

/** The end of a write: whether it is to be kept, and its result. */
export interface Ended<T> {
  readonly commit: boolean;
  readonly result: T;
}

/** A write under way. After a failure in `committing` nobody but the database knows what became of it. */
export interface WriteCall {
  readonly context: Context;
  progress: 'connecting' | 'working' | 'committing';
}
