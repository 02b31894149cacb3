import type { JsonValue } from '@datastores/core/schema';

/**
 * `ready` to be sent · `sent` handed to the connector, outcome not recorded yet (after a restart that means unknown) ·
 * `unknown` may have been applied, ask `find` before any repeat · `dead` given up on, its lane is held.
 */
export type OutboxState = 'ready' | 'sent' | 'unknown' | 'dead';

/**
 * One document that an external system has not been told about yet. The lane (system, stream, document) is strictly
 * ordered. A ready row is only a mark: what is sent is computed from document and link when it is sent, so later edits
 * join it. Once sent, the payload is frozen, and a newer edit makes a new row behind it.
 */
export interface OutboxRow {
  readonly seq: number;
  readonly scope: string;
  readonly datastore: string;
  readonly id: string;
  readonly system: string;
  readonly stream: string;
  readonly state: OutboxState;
  /** Minted with the row; the idempotency key of the write over all its repeats. */
  readonly writeId: string;
  /** What was sent, frozen; null while ready. */
  readonly payload: JsonValue;
  /** Version of the document that the payload was made from; null while ready. */
  readonly version: string | null;
  readonly attempts: number;
  /** Not before this time, milliseconds since 1970. */
  readonly notBefore: number;
  /** Last reason why it did not go through. */
  readonly error: string | null;
  readonly createdAt: number;
  /** The field that was complained of, where the system named one. */
  readonly field: string | null;
  /** Since when it is dead, milliseconds since 1970; null while it is not. */
  readonly deadAt: number | null;
  /** True if its last attempt may have been applied. */
  readonly uncertain: boolean;
  /** Why the system refused it, where it is dead for that; null: the system did not. */
  readonly refusal: Refusal | null;
}

/** Why a system did not take a write. */
export interface Refusal {
  readonly reason: string;
  readonly field?: string | undefined;
}

/** Names the dead letters of one system, or one by the id of its write. Without either: all of them. */
export interface LetterQuery {
  readonly system?: string;
  readonly writeId?: string;
  readonly limit: number;
}

/** Takes a dead row up again: as a mark to be computed anew, or as what it was, to be asked for before it is repeated. */
export interface OutboxRetry {
  readonly seq: number;
  readonly state: 'ready' | 'unknown';
}

/** Freezes what is about to be sent, before it is sent. */
export interface OutboxSend {
  readonly seq: number;
  readonly payload: JsonValue;
  readonly version: string | null;
}

/**
 * What became of a row. `done` removes it. `ready` makes a mark of it again, which later edits of its lane join. A row
 * that is there no more is left alone, so settling twice is settling once.
 */
export interface OutboxSettle {
  /**
   * Why the system did not take the write. With `dead` it goes to the receipts of those who made it; with `done` too: the
   * row goes without the system having been told.
   */
  readonly refusal?: Refusal | null;
  readonly seq: number;
  /**
   * For a row that is still a mark: version of the document that this was decided for. If the document has moved on, the
   * newer edit joined the mark meanwhile and `done` would lose it, so the row is left as it is.
   */
  readonly version?: string | null;
  readonly state: 'done' | OutboxState;
  readonly attempts: number;
  readonly notBefore: number;
  readonly error: string | null;
  /** The field that was complained of. Default: none. */
  readonly field?: string | null;
  /** True if the last attempt may have been applied. Default false. */
  readonly uncertain?: boolean;
}
