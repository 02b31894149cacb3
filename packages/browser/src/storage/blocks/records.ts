/** What is kept of a collection in one schema version. */
export interface CollectionRecord {
  /** Never given twice. */
  readonly number: number;
}

/** What is known of the documents of a block, column by column: an index in memory is made of it without parsing any. */
export interface Head {
  readonly block: number;
  /** Documents in each part of the block but the last: the texts lie in records of their own, see {@link partOf}. */
  readonly perPart: number;
  /** JSON text of {@link HeadTexts}: as JSON it is read several times faster than as objects. */
  readonly texts: string;
  /** Sequence number of each document; 0: purged, never to be shown again. */
  readonly seqs: Float64Array;
  readonly lwts: Float64Array;
  /** 1 where the document is deleted. */
  readonly deleted: Uint8Array;
}

/** The columns of a head that hold texts. */
export interface HeadTexts {
  readonly ids: readonly string[];
  readonly revs: readonly string[];
  /** Paths of the columns of `keys`. */
  readonly paths: readonly string[];
  /** The values of each path, see {@link encodeKey}. */
  readonly keys: readonly (readonly unknown[])[];
}

/** Documents written, each with the next number from `first` on; their texts lie in the record. */
export interface WriteRecord {
  readonly kind: 'write';
  readonly collection: number;
  readonly context: string;
  readonly first: number;
  readonly texts: readonly string[];
}

/** Many documents written at once: straight into blocks. */
export interface BulkRecord {
  readonly kind: 'bulk';
  readonly collection: number;
  readonly context: string;
  readonly blocks: readonly number[];
}

/** Documents that lie in other blocks now; nothing of them has changed. */
export interface MoveRecord {
  readonly kind: 'move';
  readonly collection: number;
  readonly blocks: readonly number[];
  readonly gone: readonly number[];
}

/** Documents of which nothing is left. */
export interface PurgeRecord {
  readonly kind: 'purge';
  readonly collection: number;
  readonly ids: readonly string[];
}

/** A collection of which nothing is left. */
export interface RemovalRecord {
  readonly kind: 'removal';
  readonly collection: number;
}

/** One commit, or what a database begins with. */
export type LogRecord =
  | { readonly kind: 'begun' }
  | WriteRecord
  | BulkRecord
  | MoveRecord
  | PurgeRecord
  | RemovalRecord;

/** A log record and its key, the last sequence number that the commit has given. */
export interface Logged {
  readonly seq: number;
  readonly record: LogRecord;
}
