import type { BulkWriteRow, RxDocumentData, RxDocumentMeta, RxStorageBulkWriteResponse } from 'rxdb';

/** When writes become durable, for all instances whose documents lie in one file. */
export interface Transactions {
  /** Runs writes in one transaction: all of them are durable on return, or none is done and it throws. */
  now<Result>(work: () => Result): Result;
  /**
   * The same for writes that would only be repeated if the power failed: all of them are committed on return, and on disk
   * together with whatever is next made durable.
   */
  repeatable<Result>(work: () => Result): Result;
  /**
   * Runs writes that this process sees at once and that become durable soon, in order with all others, or are lost
   * together with all that were left for later. `since` is what {@link losses} said before the first write that these
   * build on; where it has grown since, some of those are lost, and this throws STORAGE_UNAVAILABLE.
   */
  later<Result>(work: () => Result, since: number): Result;
  /** Resolves when what was left for later is durable, without holding up others meanwhile. Rejects as {@link later} throws. */
  flush(since: number): Promise<void>;
  /** How often what was left for later has been lost. */
  losses(): number;
}

/** A document, and the JSON text of it without what RxDB adds. */
export interface TextRow<RxDocType> {
  readonly document: RxDocumentData<RxDocType>;
  readonly text: string;
}

/** A row of the storage as it lies there. */
export interface StoredRow<RxDocType> {
  /** Grows from row to row. */
  readonly place: number;
  /** The id that the row is found by. */
  readonly id: string;
  /** Null where it cannot be read, or says other things than what it is found by. */
  readonly document: RxDocumentData<RxDocType> | null;
}

/** A document to be removed with nothing left of it. */
export interface PurgeRow<RxDocType> {
  /** What listeners are told of it, as a deletion. */
  readonly document: RxDocumentData<RxDocType>;
  /** It stays if its revision is another one; null: whatever it is. */
  readonly revision: string | null;
}

/**
 * What a storage instance can offer beyond RxStorage as `direct`: writes without waiting, inside a transaction of
 * {@link Transactions} and nowhere else. Only where no other tab or process writes the same documents. Replication and
 * journal use it where it is there, and need more steps where it is not.
 */
export interface DirectAccess<RxDocType> {
  readonly transactions: Transactions;
  /** As `bulkWrite` of the instance. */
  bulkWrite(rows: BulkWriteRow<RxDocType>[], context: string): RxStorageBulkWriteResponse<RxDocType>;
  /** Stores documents that are not there yet, taking their text as it is. Returns the ids of those that were there. */
  insertTexts(rows: readonly TextRow<RxDocType>[], context: string): ReadonlySet<string>;
  /**
   * As `bulkWrite` of rows that have a `previous` of the same content, of which nothing but what RxDB adds is written.
   * Returns the ids of those that are of another revision, which are left alone.
   */
  restamp(rows: readonly Required<BulkWriteRow<RxDocType>>[], context: string): ReadonlySet<string>;
  /** Stores documents, taking their text as it is, in place of whatever is there: also of what cannot be read. */
  replace(rows: readonly TextRow<RxDocType>[], context: string): void;
  /** Removes documents without a trace. Returns the ids of those that are of another revision, which are left alone. */
  purge(rows: readonly PurgeRow<RxDocType>[], context: string): ReadonlySet<string>;
  /** The documents of these ids that exist, with the text of their content. Needs no transaction. */
  readTexts(ids: readonly string[]): readonly TextRow<RxDocType>[];
  /** The next rows behind a place, deleted documents too, at most so many. Needs no transaction, and bears damaged ones. */
  readRows(after: number, most: number): readonly StoredRow<RxDocType>[];
  /** `_meta` of the documents of these ids that exist. Needs no transaction, and reads no content. */
  readMeta(ids: readonly string[]): ReadonlyMap<string, RxDocumentMeta>;
  /** Says that a complete pull begins. An empty instance may leave its indexes out until the end, or until a query needs them. */
  beginLoad(): void;
  /** Resolves when everything is indexed. */
  endLoad(): Promise<void>;
}

/** An instance that may offer {@link DirectAccess}. */
export interface MaybeDirect<RxDocType> {
  readonly direct?: DirectAccess<RxDocType> | undefined;
}
