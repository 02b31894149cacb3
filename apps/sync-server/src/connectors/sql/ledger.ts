import type { Write } from '../connector.ts';
import type { Query } from './session.ts';

/** Remembers, in the transaction of each write, that it was made: a repeat finds it and changes nothing. */
export interface Ledger {
  /** Makes schema and table if they are not there; forgets what is older than `keepDays`. */
  prepare(query: Query): Promise<void>;
  /** Notes a write that is about to be made. Returns the earlier note instead if it was made before. */
  claim(query: Query, stream: string, write: Write): Promise<Noted | null>;
  /** Notes the key that a create was given. */
  setKey(query: Query, write: Write, key: string): Promise<void>;
  look(query: Query, write: Write): Promise<Noted | null>;
  /** The same for many writes at once, where the database can do that. */
  readonly together?: LedgerTogether;
}

/** Notes many writes to known records in one statement. */
export interface LedgerTogether {
  /** Returns the ids of those that had not been made before. */
  claim(query: Query, stream: string, writes: readonly KeyedWrite[]): Promise<ReadonlySet<string>>;
  /** Takes notes of this transaction back. */
  release(query: Query, writes: readonly KeyedWrite[]): Promise<void>;
}

/** A write that names its record. */
export type KeyedWrite = Exclude<Write, { readonly op: 'create' }>;

/** A write that was made. */
export interface Noted {
  readonly key: string;
}
