import type { JsonValue } from '@datastores/core/schema';
import type { Connector, Stream, Traits } from '../connector.ts';

/** What is to be checked: a stream, what it claims, and a way to a system that it speaks to. */
export interface ConnectorSubject {
  /** The traits that the stream must claim. */
  readonly traits: Traits;
  /** Other programs can hold a transaction open, by `insertLate`. */
  readonly transactions: boolean;
  /** Methods that the stream does not have. Default: it has all that its traits allow. */
  readonly lacks?: readonly ('push' | 'find' | 'scan')[];
  /**
   * What a cursor refers to is kept by each connector for itself, e.g. an index of files. One of another connector must then
   * be answered with SystemError cursor-lost instead of being followed.
   */
  readonly ownCursors?: boolean;
  /** The stream has `digest`. */
  readonly digests?: boolean;
  /** The other side can choose the keys of records, by `insertAs`. */
  readonly choosesKeys?: boolean;
  /** The place can lose the answer to a write, by `loseNextAnswer`. */
  readonly losesAnswers?: boolean;
  /** The place can take requests without answering them, by `stall`. */
  readonly stalls?: boolean;
  /**
   * Values, by field, that a record must hold unchanged. Default: texts for `name`, whole numbers for `quantity`. Name
   * fewer only where the system itself makes something else of them; name fields of other kinds where it has them.
   */
  readonly values?: Readonly<Record<string, readonly JsonValue[]>>;
  /** Opens an empty place whose stream reads so many records a page. Each check opens its own. */
  open(pageSize: number): Promise<ConnectorPlace>;
}

/**
 * What an external system must offer to have its connector checked: one stream of records with the fields `name` (text
 * of at most 20 characters, may be null) and `quantity` (whole number), and a way to it that is not the connector.
 */
export interface ConnectorPlace extends AsyncDisposable {
  readonly connector: Connector;
  readonly stream: Stream;
  /** Another connector to the same system, as a second server would have. */
  readonly second: Stream;
  readonly other: OtherSide;
  /** Makes the system unreachable until `resume`. */
  interrupt(): Promise<void>;
  /** Ends `interrupt` and `stall`. */
  resume(): Promise<void>;
  /** The next create is made, but its answer never comes. */
  loseNextAnswer?(): Promise<void>;
  /** From now on requests are taken and not answered, until `resume`. */
  stall?(): Promise<void>;
}

/** The other side: programs that write to the system without asking. */
export interface OtherSide {
  /** Inserts all in one step, so that they share their time stamp; returns their keys. */
  insert(records: readonly Sample[]): Promise<string[]>;
  rename(key: string, name: string | null): Promise<void>;
  /** Adds to a quantity. */
  move(key: string, amount: number): Promise<void>;
  remove(key: string): Promise<void>;
  count(): Promise<number>;
  /** Inserts a record that nobody sees before `commit`. Absent: the system has no transactions to its outside. */
  insertLate?(record: Sample): Promise<{ readonly key: string; commit(): Promise<void> }>;
  /** Inserts a record under a key of the caller's choice; false: the system refuses such a key. */
  insertAs?(key: string, record: Sample): Promise<boolean>;
}

/** A record as the other side makes it. */
export interface Sample {
  readonly name: string;
  readonly quantity: number;
}
