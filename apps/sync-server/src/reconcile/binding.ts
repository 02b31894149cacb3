import type { Strategy } from '@datastores/core';
import type { Datastore, JsonObject, JsonValue } from '@datastores/core/schema';
import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { ExternalRecord } from '../connectors/connector.ts';

/**
 * What one stream of one system means for one datastore: the only place that knows a foreign schema. Connector =
 * transport, binding = meaning, engine = memory.
 */
export interface Binding {
  readonly system: string;
  readonly stream: string;
  readonly datastore: Datastore;
  /** A record that fails it is drift: set aside with the reason, never half applied. */
  readonly record?: StandardSchemaV1<unknown, ExternalRecord>;
  /** Raised when the mapping changes, so that our own change is not mistaken for one over there. */
  readonly mapping: number;
  /**
   * Keep each record as it was read, so that a raised `mapping` is applied without reading everything again. Default false.
   */
  readonly keepRecords?: boolean;
  /**
   * `hold`: a raised `mapping` waits until an operator lets it go, and the stream with it. Default `go`: it is applied at the
   * next start.
   */
  readonly remap?: 'go' | 'hold';
  /** Record to document fields. Absent: not said. Null: said to be empty. Pure. */
  readonly toDocument: (record: ExternalRecord, ids: Ids) => Readonly<Record<string, JsonValue | undefined>>;
  /** Changed fields to record fields; `document` is the whole state. Without it nothing is ever pushed. Pure. */
  readonly toRecord?: (patch: JsonObject, document: JsonObject, ids: Ids) => ExternalRecord;
  /** Record field that takes the difference of a document field, for fields merged by `sum`. Default: the same name. */
  readonly amountField?: (field: string) => string;
  /**
   * When the record was changed over there, milliseconds since 1970; null: it does not say. For fields merged by `latest`.
   * Pure.
   */
  readonly changedAt?: (record: ExternalRecord) => number | null;
  /** The id of a document that this unlinked record is already known as, so that it is adopted instead of doubled. */
  readonly match?: (record: ExternalRecord, ids: Ids) => string | null;
  /** The id for a document made from an unlinked record. Default `<stream>-<key>`, so two servers make the same. */
  readonly idFor?: (record: ExternalRecord, key: string) => string;
  /** Scope of a document made from a record. Default `main`. */
  readonly scopeFor?: (record: ExternalRecord) => string;
  /** Who may say what a field is. A field not named here is not exchanged. */
  readonly fields: Readonly<Record<string, SystemFieldRule>>;
  /** Whether documents are created or deleted over there when they are here. Default both true if `toRecord` is given. */
  readonly creates?: boolean;
  readonly deletes?: boolean;
  readonly strategies: readonly Strategy[];
  /** Share of living links that one scan may find deleted before it stops and asks. Default 0.1. */
  readonly maxDeletes?: number;
}

/** Who decides a field between store and system. */
export type SystemFieldRule =
  /** The system owns it: pulled, never pushed. Of several owners the lowest rank wins. */
  | { readonly from: 'there'; readonly rank?: number }
  /** We own it: pushed, never pulled. */
  | { readonly from: 'here' }
  /** Both may write; who wins when both did since the base. */
  | { readonly merge: 'there' | 'here' }
  /** Both may write; where both did since the base the later change wins, as far as their clocks can tell. */
  | { readonly merge: 'latest' }
  /** Both may write; where both did since the base each keeps its own until a person has answered. */
  | { readonly merge: 'ask' }
  /** A quantity: changes of both sides add up and travel as differences. */
  | { readonly merge: 'sum' }
  | { readonly merge: (base: JsonValue | undefined, here: JsonValue | undefined, there: JsonValue) => JsonValue };

/** Translates references between documents: foreign keys over there, our ids here. */
export interface Ids {
  /** Our id for a foreign key. A key not linked yet parks the record until it is. */
  here(stream: string, key: string): string;
  /** Their key for our id. A document not there yet holds the write back until it is. */
  there(stream: string, id: string): string;
}
