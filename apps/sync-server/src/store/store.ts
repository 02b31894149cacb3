import type { Position } from '@datastores/core/protocol';
import type { JsonValue } from '@datastores/core/schema';
import type { DecisionRecord, DocumentKey, FeedDocument, StoredDocument } from './document.ts';
import type { HistoryEvent, HistoryLimits } from './history.ts';
import type { KeptQuery, KeptRecord } from './kept-record.ts';
import type { Link } from './link.ts';
import type { LinkedDocument, LinkedQuery, UnlinkedDocument, UnlinkedQuery } from './linked.ts';
import type { NoticesRequest, NoticesTaken } from './notice.ts';
import type { LetterQuery, OutboxRetry, OutboxRow, OutboxSend } from './outbox.ts';
import type { Backlog } from './receipt.ts';
import type { StoreSummary } from './summary.ts';
import type { SystemState } from './system-state.ts';
import type { Current, CursorKind, QuarantinedRecord, RecordKey, WritePlan, WriteRequest, Written } from './write.ts';

/**
 * The durable state of the sync server: documents with their feeds, links, outbox, cursors. `replication/` and
 * `reconcile/` know each other only through it. Every implementation passes the store suite.
 *
 * Order: each scope has one counter row, raised inside the write transaction, so whoever sees number n of a scope sees
 * every number below n that was not superseded. No clock, no sequence, no gap.
 */
export interface Store {
  /** Name of this store's history, without a dot. Made with the store and by {@link Store.renewEpoch}. */
  readonly epoch: string;
  /** For the operator who restored the store by hand: begins a new history, so that every replica starts over. */
  renewEpoch(): Promise<string>;

  /**
   * The one way to change anything: loads what `request` names under the lock of its scope, calls the pure `decide` (again
   * and on what is there then, if it must: only what it returns may count), and
   * commits the plan in one transaction: documents with consecutive numbers, outbox rows for every binding that must be
   * told, links, cursors, events of the history. Writes of one scope that arrive together share a commit. If `decide` throws, its
   * write alone is undone and the error passed on. Resolves when the commit is durable, not before.
   */
  write<T>(request: WriteRequest, decide: (current: Current) => WritePlan<T>): Promise<Written<T>>;

  /** Newest position of a scope, and the floor below which tombstones are gone. A scope never written is at 0. */
  head(scope: string): Promise<{ readonly position: Position; readonly floor: number }>;
  /** Tag of the commit that holds number `seq` of a scope ('' for 0); null if there is none, or it is below the floor. */
  tagAt(scope: string, seq: number): Promise<string | null>;
  /** The newest states after a number, in order, from one snapshot. */
  feed(request: FeedRequest): Promise<FeedPage>;
  document(scope: string, key: DocumentKey): Promise<StoredDocument | null>;

  /** Binds a replica id to the subject that first used it. False if it belongs to another. */
  claimReplica(replica: string, subject: string): Promise<boolean>;
  /** The subject that a replica is bound to; null: to none yet. */
  subjectOf(replica: string): Promise<string | null>;

  /** First row of each lane of a system that may be sent now, oldest first. A first row that is sent or dead holds its lane. */
  outboxHeads(system: string, options: { readonly now: number; readonly limit: number }): Promise<readonly OutboxRow[]>;
  /**
   * Freezes payloads and marks their rows sent; durable when it resolves, so only then may anything be sent. Where a
   * document is no longer at the version its payload was made from, the newer state gets a row of its own behind. Throws
   * OUTBOX_STALE, and marks nothing, if one of the rows is not ready or unknown any more.
   */
  outboxSend(sends: readonly OutboxSend[]): Promise<void>;
  /** After a start: rows of a system (default: of all) left as sent by a process that died become unknown. Says how many. */
  outboxRecover(system?: string): Promise<number>;
  /** Rows given up on, oldest first. */
  outboxDead(query: LetterQuery): Promise<readonly OutboxRow[]>;
  /**
   * Takes dead rows up again, each in its place in its lane and under its write id, and notes it in the history. All or
   * nothing: throws LETTER_UNKNOWN if one of them is not dead any more.
   */
  outboxRetry(retries: readonly OutboxRetry[]): Promise<void>;
  /** All rows of one document, oldest first, whatever their state. */
  outboxOf(scope: string, key: DocumentKey): Promise<readonly OutboxRow[]>;

  /** What waits for a system, by stream; streams of which nothing does are left out. */
  backlog(system: string): Promise<readonly Backlog[]>;

  links(query: LinkQuery): Promise<readonly Link[]>;
  cursor(system: string, stream: string, kind: CursorKind): Promise<JsonValue>;
  /** Living links that have a key, in the order of keys by code point, each with what it takes to compare it. */
  linked(query: LinkedQuery): Promise<readonly LinkedDocument[]>;
  /** Living links of a stream about which a person is asked something, each with its document. */
  asked(route: Pick<Route, 'system' | 'stream'>): Promise<readonly LinkedDocument[]>;
  /** Records of a stream as they were read last, where its binding keeps them. */
  kept(query: KeptQuery): Promise<readonly KeptRecord[]>;
  /** Keys of the living links of a stream whose records are not kept. */
  unkept(query: KeptQuery): Promise<readonly string[]>;
  /** Removes what is kept of a stream. Says how many records that were. */
  forgetKept(system: string, stream: string): Promise<number>;
  /** Living documents that no living link with a key of the stream points at, by scope and id. */
  unlinked(query: UnlinkedQuery): Promise<readonly UnlinkedDocument[]>;
  /**
   * Keys to read again, oldest first. Taking them does not remove them: `rechecked` of a write does, except for a key
   * that was added again since it was taken, because the read may have been too early for the newer notice.
   */
  rechecks(system: string, stream: string, limit: number): Promise<readonly string[]>;
  addRechecks(keys: readonly RecordKey[]): Promise<void>;
  /**
   * Adds the keys of notices to those to read again, unless their id was taken before. All or nothing: `full`, and nothing
   * is added, where more keys of a stream would wait than may. Durable when it resolves.
   */
  takeNotices(request: NoticesRequest): Promise<NoticesTaken>;
  /** Newest first. */
  quarantined(options: { readonly limit: number }): Promise<readonly QuarantinedRecord[]>;

  systemState(system: string): Promise<SystemState | null>;
  saveSystemState(state: SystemState): Promise<void>;

  /**
   * What happened to a document and to the store as a whole, oldest first, ending with the state that there is. Of a state
   * that left no event of its own an event `state` says who wrote it and when. Empty for a document that never was.
   */
  history(scope: string, key: DocumentKey): Promise<readonly HistoryEvent[]>;
  /** The decisions on single fields out of the history, newest first. */
  decisions(options: { readonly limit: number }): Promise<readonly DecisionRecord[]>;
  summary(): Promise<StoreSummary>;

  /**
   * Ends the retention of what was committed before a time: raises the floor of every scope, removes tombstones (but
   * those that a system has yet to be told of) and commit tags older than that. Of the history it ends what is beyond the
   * limits (default: 100 events of a document, and that time), but for what the value of a field rests on. Says how many
   * tombstones went.
   */
  compact(options: { readonly before: number; readonly history?: HistoryLimits }): Promise<number>;

  /**
   * Removes receipts: those of writes that every system had confirmed before a time, and whatever has not moved since
   * before another. Their replicas hear of it as of any deletion. Says how many.
   */
  expireReceipts(times: { readonly settledBefore: number; readonly before: number }): Promise<number>;

  /** Calls back after each commit with the scopes it advanced and whether the outbox grew. Returns how to stop that. */
  onCommit(listener: (commit: Commit) => void): () => void;
  /** Finishes what was asked for before, then ends; later calls reject with STORE_CLOSED. */
  close(): Promise<void>;
}

/** What a store is made for, whatever database it is kept in. */
export interface StoreOptions {
  /** The datastores that may be written; others are refused with DATASTORE_UNKNOWN. */
  readonly datastores: readonly { readonly name: string }[];
  /** The bindings that must be told of changes of a datastore. */
  readonly routes: (datastore: string) => readonly Route[];
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly clock?: () => number;
}

/** Where changes of a datastore are pushed to. */
export interface Route {
  readonly system: string;
  readonly stream: string;
  /** True where documents are never created over there: one that has no link yet is not told. Default false. */
  readonly onlyLinked?: boolean;
}

/** What a commit moved on: the scopes it wrote to, and the systems that got outbox rows. */
export interface Commit {
  readonly advances: readonly Advance[];
  readonly systems: readonly string[];
}

/** How far a commit moved a scope. */
export interface Advance {
  readonly scope: string;
  /** The position before it, which is the head that any other commit left; null where its tag is not known any more. */
  readonly after: Position | null;
  /** The first number of the commit; the numbers up to `position` are all its own. */
  readonly first: number;
  readonly position: Position;
  /** The datastores it wrote to. */
  readonly datastores: readonly string[];
}

/** Asks for the feed of one datastore in one scope. */
export interface FeedRequest {
  readonly scope: string;
  readonly datastore: string;
  readonly after: number;
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** A piece of a feed. `position` is that of the last row, or the head of the scope where nothing more follows. */
export interface FeedPage {
  readonly rows: readonly FeedDocument[];
  /** Length of the bodies in UTF-8. */
  readonly bytes: number;
  readonly position: Position;
  /** The newest position of the scope in the same snapshot. */
  readonly head: Position;
  /** The floor of the same snapshot: a page after a number below it lacks tombstones and must not be used. */
  readonly floor: number;
  readonly hasMore: boolean;
  /** Rows that follow this page: exact up to 2,000, an upper bound above. A hint for progress. */
  readonly remaining: number;
}

/**
 * Which links of a stream: by foreign keys, by our documents, or, if neither is given, the living ones that have a key,
 * in the order of their keys by code point.
 */
export interface LinkQuery {
  readonly system: string;
  readonly stream: string;
  readonly keys?: readonly string[];
  readonly documents?: readonly DocumentKey[];
  /** The scope of `documents`; default: whatever scope. */
  readonly scope?: string;
  /** Living links whose `seen` is below this generation, in key order. */
  readonly unseenBefore?: number;
  readonly afterKey?: string;
  /** Most links in the order of keys; default 1,000. */
  readonly limit?: number;
}
