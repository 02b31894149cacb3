import type { JsonObject } from '@datastores/core/schema';

/**
 * What is known of one document in one stream of an external system: id map, echo filter, merge ancestor, push diff and
 * reconciliation state in one row.
 */
export interface Link {
  readonly scope: string;
  readonly datastore: string;
  /** Our id. Made where the document was made, never re-keyed. */
  readonly id: string;
  readonly system: string;
  readonly stream: string;
  /** Their key; null while the create is under way. */
  readonly key: string | null;
  /** Reference minted before the first create is sent, by which it can be found again over there. */
  readonly ref: string;
  /** The fields of the binding as last agreed by both sides, in our model. */
  readonly base: JsonObject;
  /** Their version at `base`, compared for equality only. */
  readonly recordVersion: string | null;
  /** What the system computed of the record at `base`, and under which mapping; null: it is not known. */
  readonly digest: string | null;
  /** Generation of the last complete scan that saw the record; -1: a comparison by digests missed it. */
  readonly seen: number;
  /** When it was deleted on either side, milliseconds since 1970; null while it lives. */
  readonly gone: number | null;
  /** When our last write to the record ended, milliseconds since 1970: a read that began earlier proves nothing. */
  readonly syncedAt: number;
}
