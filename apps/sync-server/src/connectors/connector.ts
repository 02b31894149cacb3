import type { JsonValue } from '@datastores/core/schema';

/**
 * One external system: an ERP, a PIM, a web shop, a folder of files. A connector is transport only: it knows records and
 * keys, neither documents nor mappings nor what was sent before.
 */
export interface Connector {
  /** Kind of connector, for logs and status, e.g. `sql-postgres`. */
  readonly kind: string;
  readonly streams: Readonly<Record<string, Stream>>;
  /** One cheap authenticated call: the probe of a system that was down. Throws SystemError. */
  check(context: Context): Promise<void>;
  /** Verifies and decodes one inbound HTTP call. Throws DatastoreError to refuse it. */
  receive?(request: Inbound, context: Context): Promise<readonly Notice[]>;
  /**
   * A long-lived feed of a broker or a log. Ends when the signal aborts; throws SystemError where the connection is lost,
   * and is called again after a while. Its first delivery may be empty: it says that the feed is connected.
   */
  listen?(context: Context): AsyncIterable<Delivery>;
  close(): Promise<void>;
}

/** A record: the external system's own form of a document. */
export type ExternalRecord = Readonly<Record<string, JsonValue>>;

/** One kind of record. What it can do is the methods it has; how far to trust it is `traits`. */
export interface Stream {
  readonly traits: Traits;
  /** Authoritative point read. A key that is absent from the answer does not exist: the only proof of a deletion. */
  get(keys: readonly string[], context: Context): Promise<ReadonlyMap<string, Item>>;
  /** What changed since a cursor (null: everything). The engine commits each page together with its cursor. */
  changes?(cursor: JsonValue, context: Context): AsyncIterable<Page>;
  /** Every record in ascending key order, resumable after a key. Feeds the full comparison. */
  scan?(after: string | null, context: Context): AsyncIterable<Page>;
  /**
   * What the system holds in ranges of keys, computed by the system itself from one snapshot, so that a comparison reads
   * only what differs. One answer for each range, in order. Wants `scan`, and `digest` in every item.
   */
  digest?(request: DigestRequest, context: Context): Promise<readonly RangeDigest[]>;
  /** Applies writes; one outcome for each, in order. Throws only SystemError, and then nothing was applied. */
  push?(writes: readonly Write[], context: Context): Promise<readonly Outcome[]>;
  /** Did this write land? Asked after an unknown outcome, before any repeat. Null: it did not. */
  find?(write: Write, context: Context): Promise<Item | null>;
}

/** How far a stream can be trusted. The conformance suite tests what is claimed here. */
export interface Traits {
  /**
   * commit: the cursor never skips a late commit. time: it can, so the last `overlapMs`, or what the stream counts instead of
   * milliseconds, are read again. none: no `changes`.
   */
  readonly order: 'commit' | 'time' | 'none';
  readonly overlapMs?: number;
  /** How `changes` shows deletions; none: only a scan and a point read find them. */
  readonly deletes: 'feed' | 'none';
  /** What makes a repeated create safe: the system de-duplicates by write id, `find` can look it up, or nothing. */
  readonly creates: 'idempotent' | 'findable' | 'unsafe';
  /** `ifVersion` is honoured. */
  readonly guarded: boolean;
  /** `add` is applied as a difference by the system itself. */
  readonly adds: boolean;
  /** fails `all`: one bad write fails its whole batch, so the engine bisects. */
  readonly batch: { readonly max: number; readonly fails: 'each' | 'all' };
}

/** One record as read. */
export interface Item {
  readonly key: string;
  readonly data: ExternalRecord;
  /** ETag, row version, time stamp: opaque, compared for equality only. */
  readonly version?: string;
  /**
   * Where the stream has `digest`: 16 lower-case hexadecimal digits, computed by the system from the key and everything
   * that is in `data`, in the same reading. The same record has the same digest, two states of it have two. Absent: the
   * system cannot compute it for this record.
   */
  readonly digest?: string;
  /** Who wrote it, where the system can tell; equal to `context.origin` means we did. */
  readonly origin?: string;
}

/** A record that came, changed or went. */
export type Change =
  | ({ readonly op: 'put' } & Item)
  | { readonly op: 'delete'; readonly key: string; readonly version?: string; readonly origin?: string };

/** Some changes and the cursor behind them. */
export interface Page {
  readonly changes: readonly Change[];
  readonly cursor: JsonValue;
}

/** Keys of this one or later, and before that one, by code point; null: no end. */
export interface KeyRange {
  readonly from: string | null;
  readonly to: string | null;
}

/** Ranges to be digested: ascending, none twice. */
export interface DigestRequest {
  readonly ranges: readonly KeyRange[];
  /** The records of a range that has at most so many are listed with their digests; 0: none are. */
  readonly list: number;
}

/** What is in a range. */
export interface RangeDigest {
  readonly count: number;
  /**
   * The sum of the digests of its records as numbers of 64 bits, modulo 2^64, in the same 16 digits; that of no records
   * is zero. Null: one of them has no digest.
   */
  readonly digest: string | null;
  /** Ascending by key, where the range was small enough to be listed. */
  readonly records?: readonly { readonly key: string; readonly digest: string | null }[];
}

/**
 * A write. `id` is minted with the outbox row and stays over all repeats: it is the idempotency key. `firstSentAt` is when
 * the engine first handed it out as it is, milliseconds since 1970, and the same over all repeats too.
 */
export type Write = { readonly id: string; readonly firstSentAt?: number } & (
  | { readonly op: 'create'; readonly ref: string; readonly data: ExternalRecord }
  | { readonly op: 'update'; readonly key: string; readonly patch: ExternalRecord; readonly ifVersion?: string }
  | {
      readonly op: 'add';
      readonly key: string;
      readonly amounts: Readonly<Record<string, number>>;
      /** Other fields to set in the same step. */
      readonly patch?: ExternalRecord;
      readonly ifVersion?: string;
    }
  | { readonly op: 'delete'; readonly key: string; readonly ifVersion?: string }
);

/** What became of a write. */
export type Outcome =
  /** `item` is what the system made of it, where it says so: rounding, trimming, defaults. */
  | { readonly is: 'applied'; readonly key: string; readonly item?: Item }
  /** Changed over there since `ifVersion`: read again, merge again, push again. */
  | { readonly is: 'conflict'; readonly current?: Item }
  | { readonly is: 'missing' }
  /** Its rules say no: a dead letter after the first try. */
  | { readonly is: 'rejected'; readonly reason: string; readonly field?: string }
  /** Certainly not applied; may be repeated. */
  | { readonly is: 'retry'; readonly reason: string; readonly afterMs?: number }
  /** Perhaps applied; ask `find` first. */
  | { readonly is: 'unknown'; readonly reason: string };

/** Names records to read again, from a webhook or a broker; or says that something changed, from a log. */
export interface Notice {
  /** The same over all repeats of the sender, and for nothing else. Null: there is none, so every delivery counts. */
  readonly id: string | null;
  readonly stream: string;
  readonly keys: readonly string[];
  /** The stream has news, and `changes` tells which: it is called soon. Nothing is kept of that; the next one does as well. */
  readonly pull?: true;
}

/** Notices of a broker, to be acknowledged once they are durable here. */
export interface Delivery {
  readonly notices: readonly Notice[];
  /** Why no repeat of the delivery can ever be read. It is then refused, and the reason is told. */
  readonly unreadable?: string;
  ack(): Promise<void>;
  /** Not now: deliver it again, if possible after so many milliseconds. */
  nack(afterMs?: number): Promise<void>;
  /** Never again: set it aside over there, with the reason, where a person finds it. */
  refuse(reason: string): Promise<void>;
}

/** One inbound HTTP call, body unread. */
export interface Inbound {
  readonly method: string;
  readonly path: string;
  /** By lower-case name. A header that came more than once is joined with ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** What a connector may use of its surroundings. */
export interface Context {
  readonly signal: AbortSignal;
  /** The only way out over HTTP: limited, timed out and cancelled with `signal`. */
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => number;
  readonly log: (event: string, detail?: Readonly<Record<string, unknown>>) => void;
  /** The mark that our writes carry, where the system keeps one. */
  readonly origin: string;
}

/**
 * A failure of the system as a whole. It costs no record an attempt: `down` and `throttled` are tried again by
 * themselves, `auth` and `shape` wait for a person, `cursor-lost` starts a scan.
 */
export class SystemError extends Error {
  /** Known by name: a connector may have been loaded with a copy of this class that is not the engine's. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'SystemError' && 'kind' in value;
  }

  override readonly name = 'SystemError';
  readonly kind: 'down' | 'throttled' | 'auth' | 'cursor-lost' | 'shape';
  readonly afterMs: number | undefined;

  constructor(kind: SystemError['kind'], message: string, options: { afterMs?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.afterMs = options.afterMs;
  }
}
