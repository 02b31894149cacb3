import type { Position } from '@datastores/core/protocol';
import type { JsonValue } from '@datastores/core/schema';
import type { DecisionRecord, DocumentKey, StoredDocument } from './document.ts';
import type { Link } from './link.ts';
import type { OutboxRow, OutboxSend } from './outbox.ts';
import type { SystemState } from './system-state.ts';
import type { Current, QuarantinedRecord, RecordKey, WritePlan, WriteRequest, Written } from './write.ts';

/**
 * The durable state of the sync server: documents with their feeds, links, outbox, cursors. `replication/` and
 * `reconcile/` know each other only through it. Every implementation passes the store suite.
 *
 * Order: each scope has one counter row, raised inside the write transaction, so whoever sees number n of a scope sees
 * every number below n that was not superseded. No clock, no sequence, no gap.
 */
export interface Store {
  /** Name of this store's history. A new one is made with the store and whenever its operator says it was restored. */
  readonly epoch: string;

  /**
   * The one way to change anything: loads what `request` names under the lock of its scope, calls the pure `decide`, and
   * commits the plan in one transaction: documents with consecutive numbers, outbox rows for every binding that must be
   * told, links, cursors, decisions. Writes of one scope that arrive together share a commit. If `decide` throws, its
   * write alone is undone and the error passed on.
   */
  write<T>(request: WriteRequest, decide: (current: Current) => WritePlan<T>): Promise<Written<T>>;

  /** Newest position of a scope, and the floor below which tombstones are gone. A scope never written is at 0. */
  head(scope: string): Promise<{ readonly position: Position; readonly floor: number }>;
  /** Tag of the commit that holds number `seq` of a scope; null if there is none (or it is below the floor). */
  tagAt(scope: string, seq: number): Promise<string | null>;
  /** The newest states after a number, in order, from one snapshot. */
  feed(request: FeedRequest): Promise<FeedPage>;
  document(scope: string, key: DocumentKey): Promise<StoredDocument | null>;

  /** Binds a replica id to the subject that first used it. False if it belongs to another. */
  claimReplica(replica: string, subject: string): Promise<boolean>;

  /** First row of each lane of a system that may be sent now, oldest first. Lanes with a dead row are held. */
  outboxHeads(system: string, options: { readonly now: number; readonly limit: number }): Promise<readonly OutboxRow[]>;
  /** Freezes payloads and marks their rows sent. Must be durable before anything is sent. */
  outboxSend(sends: readonly OutboxSend[]): Promise<void>;
  /** After a start: rows left as sent by a process that died become unknown. */
  outboxRecover(): Promise<number>;
  outboxDead(options: { readonly limit: number }): Promise<readonly OutboxRow[]>;

  links(query: LinkQuery): Promise<readonly Link[]>;
  cursor(system: string, stream: string, kind: 'changes' | 'scan'): Promise<JsonValue>;
  rechecks(system: string, stream: string, limit: number): Promise<readonly string[]>;
  addRechecks(keys: readonly RecordKey[]): Promise<void>;
  quarantined(options: { readonly limit: number }): Promise<readonly QuarantinedRecord[]>;

  systemState(system: string): Promise<SystemState | null>;
  saveSystemState(state: SystemState): Promise<void>;

  decisions(options: { readonly limit: number }): Promise<readonly DecisionRecord[]>;
  summary(): Promise<StoreSummary>;

  /** Calls back after each commit with the scopes it advanced and whether the outbox grew. Returns how to stop that. */
  onCommit(listener: (commit: Commit) => void): () => void;
  close(): Promise<void>;
}

/** What a commit moved on. */
export interface Commit {
  readonly heads: Readonly<Record<string, number>>;
  readonly systems: readonly string[];
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
  readonly rows: readonly StoredDocument[];
  readonly position: Position;
  readonly hasMore: boolean;
  readonly remaining: number;
}

/** Which links of a stream: by foreign keys, by our documents, or in key order after a key and not seen by a scan. */
export interface LinkQuery {
  readonly system: string;
  readonly stream: string;
  readonly keys?: readonly string[];
  readonly documents?: readonly DocumentKey[];
  /** Living links whose `seen` is below this generation, in key order. */
  readonly unseenBefore?: number;
  readonly afterKey?: string;
  readonly limit?: number;
}

/** Counts for `datastores status` and the health routes. */
export interface StoreSummary {
  readonly datastores: readonly {
    readonly datastore: string;
    readonly documents: number;
    readonly tombstones: number;
  }[];
  readonly scopes: readonly { readonly scope: string; readonly seq: number }[];
  readonly outbox: readonly {
    readonly system: string;
    readonly state: string;
    readonly rows: number;
    readonly oldestAt: number;
  }[];
  readonly links: readonly { readonly system: string; readonly stream: string; readonly links: number }[];
  readonly quarantined: number;
  readonly decisions: number;
  readonly replicas: number;
}
