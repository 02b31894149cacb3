import type { JsonObject } from '@datastores/core/schema';
import type { RecordKey } from './write.ts';

/** A linked record as the system gave it when it was read last, before anything of ours touched it. */
export interface KeptRecord extends RecordKey {
  readonly record: JsonObject;
  /** Its version over there, compared for equality only; null: it has none. */
  readonly version: string | null;
  /** What the system computed of it; null: it does not. */
  readonly digest: string | null;
  /** When the reading began, milliseconds since 1970. It is that of the reading that brought something new. */
  readonly readAt: number;
}

/** Which records of a stream: in the order of their keys by code point. */
export interface KeptQuery {
  readonly system: string;
  readonly stream: string;
  /** Those behind this key; null: from the first. */
  readonly after: string | null;
  readonly limit: number;
}
