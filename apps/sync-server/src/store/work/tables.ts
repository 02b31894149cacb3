import type { Counted, DocumentKey, StoredDocument } from '../document.ts';
import type { FieldDigests } from '../field-digests.ts';
import type { EventWrite, Why } from '../history.ts';
import type { KeptRecord } from '../kept-record.ts';
import type { Link } from '../link.ts';
import type { Route } from '../store.ts';
import type { CursorWrite, QuarantinedRecord, RecordKey } from '../write.ts';
import type { LaneTable } from './lane-table.ts';
import type { ReceiptTable } from './receipt-table.ts';
import type { Tally } from './tally.ts';

/**
 * What a transaction reads and changes, whatever it is kept in. A change is seen by what is read after it, and undone
 * with the job that made it.
 */
export interface Tables {
  readonly documents: DocumentTable;
  readonly scopes: ScopeTable;
  readonly links: LinkTable;
  readonly lanes: LaneTable;
  readonly receipts: ReceiptTable;
  readonly streams: StreamTable;
  readonly kept: KeptTable;
  readonly replicas: ReplicaTable;
  readonly history: HistoryTable;
}

/** The newest state of a document, and where it is kept. */
export interface KeptDocument {
  readonly place: number;
  readonly document: StoredDocument;
  /** Number of the row by which its author made it; null if that is kept among the credits, or there was none. */
  readonly edit: number | null;
}

/** The documents, newest state of each. */
export interface DocumentTable {
  find(scope: string, key: DocumentKey): KeptDocument | null;
  /** The version alone: bodies are long. */
  versionOf(scope: string, key: DocumentKey): string | null;
  get(scope: string, key: DocumentKey): StoredDocument | null;
  /** Puts a state in the place of the one before; null: there was none. */
  put(document: StoredDocument, edit: number | null, place: number | null): void;
  addTally(scope: string, datastore: string, tally: Tally): void;
}

/** The end of a transaction in one scope. */
export interface ScopeCommit {
  readonly scope: string;
  readonly first: number;
  readonly seq: number;
  readonly tag: string;
  readonly at: number;
  readonly datastores: readonly string[];
  /** The systems whose outbox the transaction has grown. */
  readonly systems: readonly string[];
}

/** Newest number of a scope, and the floor below which its tombstones are gone. */
export interface ScopeHead {
  readonly seq: number;
  readonly floor: number;
}

/** The counters of the scopes and the tags of their commits. */
export interface ScopeTable {
  epoch(): string;
  head(scope: string): ScopeHead;
  /** Takes the next `count` numbers of a scope and returns the last of them. */
  raise(scope: string, count: number): number;
  commit(commit: ScopeCommit): void;
  tagAt(scope: string, seq: number): string | null;
}

/** The links of documents and records. */
export interface LinkTable {
  /** The living link of each key, or one that is gone; keys that have neither are absent. */
  byKeys(route: Route, keys: Iterable<string>): Map<string, Link>;
  ofDocument(route: Route, scope: string, key: DocumentKey): Link | null;
  /** Throws LINK_TAKEN if another living document has the key. */
  put(scope: string, link: Link): void;
}

/** Cursors, rechecks and quarantine of streams. */
export interface StreamTable {
  setCursor(cursor: CursorWrite): void;
  addRecheck(key: RecordKey): void;
  rechecked(key: RecordKey): void;
  quarantine(record: QuarantinedRecord): void;
  release(key: RecordKey): void;
}

/** Records as they were read. */
export interface KeptTable {
  /** Keeps a record in the place of the one before; nothing is written where it says the same. */
  put(record: KeptRecord): void;
  remove(key: RecordKey): void;
}

/** The newest rows of each replica. */
export interface ReplicaTable {
  counted(scope: string, key: DocumentKey, replica: string): Counted | null;
  putCounted(scope: string, counted: Counted): void;
  /** Keeps a credit without amounts, unless there is a newer one. */
  addCounted(scope: string, counted: Counted): void;
  removeCounted(scope: string, key: DocumentKey, replica: string): void;
  /** The states of a replica that others have written over, of those from the base of its newest row. */
  overtaken(scope: string, key: DocumentKey, replica: string): readonly FieldDigests[];
  /** Adds one to them, where the replica has a credit. */
  addOvertaken(scope: string, key: DocumentKey & { readonly replica: string }, state: FieldDigests): void;
}

/** The chains of events of the documents. */
export interface HistoryTable {
  /** Notes that a state took the place of another. A first state is not noted: it says all of itself. */
  addState(after: StoredDocument, before: StoredDocument | null, why: Why | undefined): void;
  add(scope: string, event: EventWrite, at: number): void;
}
