import type { JsonValue } from '@datastores/core/schema';
import type { Counted, DocumentKey, DocumentWrite, StoredDocument } from './document.ts';
import type { FieldDigests } from './field-digests.ts';
import type { EventWrite } from './history.ts';
import type { KeptRecord } from './kept-record.ts';
import type { Link } from './link.ts';
import type { OutboxSettle } from './outbox.ts';
import type { ReceiptClaim } from './receipt.ts';

/** What a write needs to see, all of it read under the lock of the scope. */
export interface WriteRequest {
  readonly scope: string;
  readonly documents?: readonly DocumentKey[];
  /** Also load what this replica was credited on the counters of `documents`. */
  readonly replica?: string;
  /** Also load the links of one stream: by their keys, and of `documents`. The documents of the links by key are loaded too. */
  readonly links?: { readonly system: string; readonly stream: string; readonly keys: readonly string[] };
}

/** The states that were asked for, under lock. Asking for one that the request does not name throws. */
export interface Current {
  document(key: DocumentKey): StoredDocument | null;
  counted(key: DocumentKey): Counted | null;
  /**
   * Which states by the replica others have written over, oldest first, of those from the base of its newest row. What
   * such a state had was here, and whoever wrote over it knew it or decided against it.
   */
  overtaken(key: DocumentKey): readonly FieldDigests[];
  /** The living link of the key; one that is gone only where no living one has it. */
  linkByKey(key: string): Link | null;
  linkOf(document: DocumentKey): Link | null;
  /** True while a row of this lane is sent or unknown: what is read over there meanwhile proves nothing. */
  inFlight(document: DocumentKey): boolean;
  /** Floor of the scope: tombstones up to this number may be gone. */
  readonly floor: number;
  /** The clock at the start of the write, milliseconds since 1970. */
  readonly now: number;
}

/** Everything that one write changes, committed together or not at all. */
export interface WritePlan<T> {
  readonly documents?: readonly DocumentWrite[];
  /** At most one for each replica and document. */
  readonly counted?: readonly Counted[];
  /** What happened to documents that get no new state by it, or beside one. They come before the states in the history. */
  readonly events?: readonly EventWrite[];
  /** Links of this scope to insert or replace. LINK_TAKEN if another living document has the key. */
  readonly links?: readonly Link[];
  /** Records as they were read, for links of this plan or of before. That of a link that is gone is removed. */
  readonly kept?: readonly KeptRecord[];
  readonly cursor?: CursorWrite;
  /** Documents of this scope of which one stream is told although they did not change, as if they had. */
  readonly tell?: readonly TellWrite[];
  /** Applied before `documents`, so that their outbox rows are new ones. Rows of other scopes are refused. */
  readonly settle?: readonly OutboxSettle[];
  /** Keys to read again over there, and keys that are done being read again. A key in both is read again. */
  readonly recheck?: readonly RecordKey[];
  readonly rechecked?: readonly RecordKey[];
  readonly quarantine?: readonly QuarantinedRecord[];
  readonly released?: readonly RecordKey[];
  /** Accepted writes of replicas, which get receipts; with `version: null` of the state that this plan makes. */
  readonly receipts?: readonly ReceiptClaim[];
  readonly result: T;
}

/** A result and the documents as committed, in the order of the plan. */
export interface Written<T> {
  readonly result: T;
  readonly documents: readonly StoredDocument[];
}

/** Names a record of a stream by its foreign key. */
export interface RecordKey {
  readonly system: string;
  readonly stream: string;
  readonly key: string;
}

/** A document and the stream that is told of it. What there is to tell is computed when the row is sent. */
export interface TellWrite extends DocumentKey {
  readonly system: string;
  readonly stream: string;
}

/**
 * How far a stream was read. `changes` is the connector's own cursor; `scan` and `compare` the state of a
 * full comparison that repairs, and of one that only reports; `remap` how far another mapping was applied to kept records.
 */
export interface CursorWrite {
  readonly system: string;
  readonly stream: string;
  readonly kind: CursorKind;
  readonly cursor: JsonValue;
}

/** What a cursor is of. */
export type CursorKind = 'changes' | 'scan' | 'compare' | 'remap';

/** A record that does not fit its schema or mapping: set aside with the reason, so that the others go on. */
export interface QuarantinedRecord extends RecordKey {
  readonly reason: string;
  readonly record: JsonValue;
  readonly at: number;
}
