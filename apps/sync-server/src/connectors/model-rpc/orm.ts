import type { JsonValue } from '@datastores/core/schema';
import type { Context, Outcome, SystemError } from '../connector.ts';

/**
 * A business system whose records are rows of models, read and written by remote calls: one database, one user. Keys of
 * records are whole numbers. Reads throw SystemError; writes tell what became of them.
 */
export interface Orm {
  /** Kind of the connector, for messages. */
  readonly name: string;
  /** Fields with the times of creation and change, by which changes are found. */
  readonly stamps: readonly string[];
  /** A changed version makes a guarded write a conflict. */
  readonly guarded: boolean;
  /** Fields of a model that can be read, by name. */
  describe(model: string, context: Context): Promise<ReadonlyMap<string, Field>>;
  /** Rows in ascending order of `id`, or of `order`. Each has its `id`. */
  read(query: Query, context: Context): Promise<readonly Row[]>;
  /** Keys in ascending order. */
  search(query: Omit<Query, 'fields'>, context: Context): Promise<readonly number[]>;
  /** The highest value of a stamp of a model, and the clock of the system if it tells. */
  newest(model: string, context: Context): Promise<Newest>;
  /** Creates all or none; their keys in order. */
  create(model: string, records: readonly NewRecord[], context: Context): Promise<Made>;
  /** Changes all or none. */
  update(model: string, records: readonly ChangedRecord[], context: Context): Promise<Made>;
  /** Deletes all or none. */
  remove(model: string, records: readonly Target[], context: Context): Promise<Made>;
  /** Most updates that one call can make. */
  readonly updatesAtOnce: number;
  /** The version in a row; undefined where the system has none. */
  version(row: Row): string | undefined;
  /** One of these conditions. */
  anyOf(conditions: readonly Condition[]): Domain;
  /** All of these domains. */
  allOf(domains: readonly Domain[]): Domain;
  /** A time, milliseconds since 1970, as conditions take it. Never later than it. */
  time(ms: number): JsonValue;
  /** A value as it was read, as JSON. Throws TypeError where it cannot be told without loss. */
  decode(field: Field, value: JsonValue): JsonValue;
  /** A JSON value as it is sent. Throws TypeError in plain words where the field cannot take it. */
  encode(field: Field, value: JsonValue): JsonValue;
  /** The value that sets a list of related records, which held `current` before. */
  relate(field: Field, wanted: readonly number[], current: readonly number[]): JsonValue;
  /** The value that gives a record its children. */
  nest(children: Children): JsonValue;
  /** How creates are known again, other than by a field that takes the reference. */
  readonly marks?: CreateMarks;
}

/** Knows the records that creates have made. */
export interface CreateMarks {
  /** Keys of the records that are there already, by reference. */
  find(model: string, refs: readonly string[], context: Context): Promise<ReadonlyMap<string, number>>;
  /** Creates all or none, each together with its mark. */
  create(model: string, records: readonly NewRecord[], context: Context): Promise<Made>;
}

/** Conditions on records, in the form of the system; all have to be met. */
export type Domain = readonly JsonValue[];

/** One condition: field or path, operator, value. */
export type Condition = readonly [string, string, JsonValue];

/** What to read. */
export interface Query {
  readonly model: string;
  readonly domain: Domain;
  readonly fields: readonly string[];
  readonly limit: number;
}

/** One row as it was read. */
export type Row = Readonly<Record<string, JsonValue>> & { readonly id: number };

/** A field of a model. */
export interface Field {
  readonly name: string;
  /** What people see, in their language; messages of the system use it. */
  readonly label: string;
  /** The system's own word, e.g. `char`, `many2one`. */
  readonly type: string;
  /** Model of related records. */
  readonly relation?: string;
  /** Most characters of a text. */
  readonly size?: number;
}

/** A record to create. `ref` is the reference that was minted for it, `fields` are those that it sets. */
export interface NewRecord {
  readonly ref: string;
  readonly fields: readonly Field[];
  readonly values: Readonly<Record<string, JsonValue>>;
}

/** An existing record, and the version it must still have. */
export interface Target {
  readonly id: number;
  readonly version?: string | undefined;
}

/** See {@link Orm.update}. */
export interface ChangedRecord extends Target {
  readonly values: Readonly<Record<string, JsonValue>>;
}

/** What becomes of the children of a record. Values are encoded. */
export interface Children {
  readonly created: readonly Readonly<Record<string, JsonValue>>[];
  readonly changed: readonly { readonly id: number; readonly values: Readonly<Record<string, JsonValue>> }[];
  readonly removed: readonly number[];
}

/** See {@link Orm.newest}. Milliseconds since 1970, with fractions. */
export interface Newest {
  readonly stamp: number | null;
  readonly clock: number | null;
}

/** Why a write was not made, or may have been made. */
export type Refusal = Exclude<Outcome, { is: 'applied' }>;

/** What became of a call that writes. */
export type Made =
  | { readonly is: 'made'; readonly ids: readonly number[] }
  | { readonly is: 'refused'; readonly refusal: Refusal }
  /** The system as a whole failed, and nothing was made. */
  | { readonly is: 'failed'; readonly error: SystemError };
