import type { JsonValue } from '@datastores/core/schema';
import type { Item, KeyRange, Outcome, Page } from '../connector.ts';
import type { Classify } from './failure.ts';
import type { Assignment, Prepared } from './prepare-record.ts';
import type { Reading } from './scan.ts';
import type { Query } from './session.ts';
import type { ChildShape, Shape } from './shape.ts';
import type { Column, ColumnType } from './table.ts';

/** What one kind of database does its own way. `S` is what it knows of a stream. */
export interface Dialect<S extends Shape = Shape> extends RowSql {
  /** Of the database, for messages. */
  readonly name: string;
  readonly classify: Classify;
  /** Records with their child rows, by key. Keys that are not there are absent. */
  readonly readItems: (query: Query, shape: S, wanted: WantedItems) => Promise<Map<string, Item>>;
  /** At most {@link LISTED_AT_ONCE} keys behind `after` (null: from the first), by ascending bytes. */
  readonly listKeys: (query: Query, shape: S, after: string | null) => Promise<string[]>;
  readonly digests: DigestSql<S>;
  readonly readChanges: (reading: Reading<S>, cursor: JsonValue) => AsyncIterable<Page>;
  /** The key of the record that carries this reference, or null. */
  readonly findByRef: (query: Query, shape: S, ref: string) => Promise<string | null>;
  /** The form in which a value is sent. Throws TypeError in plain words if the column cannot take it. */
  readonly encodeValue: (value: JsonValue, type: ColumnType) => unknown;
  /** A key for a row about to be inserted, or null where the database makes it by itself. */
  readonly mintKey: (query: Query, shape: S) => Promise<string | null>;
  /** SQL that adds `$?` to a column; a quantity that was never set counts as none. */
  readonly addTo: (column: Column) => string;
  /** What a table that nobody else keeps current needs to be told with every write. */
  readonly touches: (shape: S, when: 'insert' | 'update') => RawAssignment[];
  /** What marks a record as deleted, where it is not to be deleted for good; null: it is. */
  readonly bury: (shape: S) => RawAssignment | null;
  /** Says, in the transaction of a write, which records were written and read back; behind everything else in it. */
  readonly mark?: (query: Query, shape: S, keys: readonly string[]) => Promise<void>;
  /** Why the database refused a write, with the field to blame where it can be found, in plain words. */
  readonly explainRefusal: (query: Query, shape: S, error: Error) => Promise<Rejected>;
  /** Which value did not fit. `attempt` runs a probe in a transaction of its own. */
  readonly explainBadValue: (attempt: Attempt, prepared: Prepared, error: Error) => Promise<Rejected>;
  /** Whether the value that did not fit may be that of a key, which then names no record. */
  readonly mayBeKey: (error: Error) => boolean;
  /** Whether a create failed because its key is taken. */
  readonly isKeyTaken: (error: Error, shape: S) => boolean;
  /** Statements about many rows. Without them every write has a transaction of its own. */
  readonly together?: SetSql;
}

/** Statements that change many rows of one table, with the same effect as one statement for each. */
export interface SetSql {
  /** Whether a value of this column can be sent so without being cut, rounded or refused in another way than alone. */
  readonly takes: (column: Column) => boolean;
  /** Updates rows of one table. All rows give the same columns, in the same order. */
  readonly updateRows: (query: Query, target: SetTarget, rows: readonly SetRow[]) => Promise<void>;
}

/** The table of a {@link SetSql}. `$?` in an `sql` stands for the value of the row; absent: the value itself. */
export interface SetTarget {
  readonly table: string;
  readonly key: readonly Column[];
  readonly columns: readonly { readonly column: Column; readonly sql?: string }[];
  readonly raw: readonly RawAssignment[];
}

/** One row: the texts of its key, and the values of the columns. */
export interface SetRow {
  readonly key: readonly string[];
  readonly values: readonly unknown[];
}

/** Statements about ranges of keys. All of them give rows of `[…, count or key, sum, rows without a digest]`. */
export interface DigestSql<S extends Shape = Shape> {
  /** `[number of the range, records, sum, without]` of the rows of records. */
  readonly sumRecords: (query: Query, shape: S, ranges: readonly KeyRange[]) => Promise<unknown[][]>;
  /** `[number of the range, rows, sum, without]` of the child rows of records. */
  readonly sumChildren: (query: Query, shape: S, of: ChildRanges<S>) => Promise<unknown[][]>;
  /** `[key, 1, digest, without]` of each record. */
  readonly listRecords: (query: Query, shape: S, ranges: readonly KeyRange[]) => Promise<unknown[][]>;
  /** `[key of the record, rows, sum, without]` of the child rows of each record that has some. */
  readonly listChildren: (query: Query, shape: S, of: ChildRanges<S>) => Promise<unknown[][]>;
}

/** Child rows of the records in ranges of keys. */
export interface ChildRanges<S extends Shape = Shape> {
  readonly child: S['children'][number];
  readonly ranges: readonly KeyRange[];
}

/** Statements about single rows. */
export interface RowSql {
  /** Inserts one row and returns the text of its key. */
  readonly insertRow: (query: Query, into: InsertTarget, fields: readonly Assignment[]) => Promise<string>;
  /** Updates the rows of a target. */
  readonly updateRow: (query: Query, target: UpdateTarget, fields: readonly Assignment[]) => Promise<void>;
  /** Deletes the rows of a target. */
  readonly deleteRows: (query: Query, target: RowTarget) => Promise<void>;
  /** The form in which the text of a key column is sent. */
  readonly keyValue: (text: string, column: Column) => unknown;
  /** The keys of the child rows of one record. */
  readonly childKeys: (query: Query, child: ChildShape, owner: RowTarget['where']) => Promise<string[]>;
}

/** Records to be looked up. */
export interface WantedItems {
  readonly keys: readonly string[];
  readonly options?: ReadOptions;
}

/** How records are looked up. */
export interface ReadOptions {
  /** Locks the rows until the transaction ends, so that they are still the same when they are written. */
  readonly lock?: boolean;
  /** With `lock`: rows that somebody else has locked are left out instead of waited for. */
  readonly skipLocked?: boolean;
  /** Compares texts instead of typed values: slow, but no text is an error. */
  readonly asText?: boolean;
}

/** Rows of one table that a statement is about. */
export interface RowTarget {
  readonly table: string;
  /** Columns that are compared, and the texts they must have. */
  readonly where: readonly { readonly column: Column; readonly text: string }[];
}

/** Where a row is inserted. `raw` columns take SQL instead of a value. */
export interface InsertTarget {
  readonly table: string;
  readonly key: readonly Column[];
  readonly raw?: readonly RawAssignment[];
}

/** Rows to update. `onlyIfDifferent` leaves rows alone that have these values, so that no change is seen. */
export interface UpdateTarget extends RowTarget {
  readonly onlyIfDifferent?: boolean;
  readonly raw?: readonly RawAssignment[];
}

/** A column that is set to an expression; `$?` in it stands for its value. */
export interface RawAssignment {
  readonly column: string;
  readonly sql: string;
  readonly value?: unknown;
}

/** Runs a probe in a transaction of its own that writes nothing. */
export type Attempt = (probe: (query: Query) => Promise<unknown>) => Promise<unknown>;

/** A refusal of one record. */
export type Rejected = Extract<Outcome, { is: 'rejected' }>;
