/** A table as the database describes it. */
export interface Table {
  /** As declared, e.g. `public.orders`. */
  readonly name: string;
  /** False for views and foreign tables: the database does not say what is unique in them. */
  readonly stored: boolean;
  readonly columns: ReadonlyMap<string, Column>;
  /** Sets of columns that are unique among all rows. */
  readonly unique: readonly (readonly string[])[];
  /** Why a write to it could not be undone; absent where it takes part in transactions. */
  readonly unsafe?: string;
}

/** A column as the database describes it. */
export interface Column extends ColumnType {
  readonly column: string;
  /** Computed by the database: cannot be written. */
  readonly computed: boolean;
  /** Numbered by the database where an insert leaves it out. */
  readonly numbered?: boolean;
}

/** What must be known of a column to send a value for it. */
export interface ColumnType {
  /** As the database writes it, e.g. `character varying(5)`. */
  readonly name: string;
  readonly json: boolean;
  readonly bytes: boolean;
  readonly array: boolean;
  /** Longest text that fits, in characters; null where there is no such limit. */
  readonly maxLength: number | null;
  /** What stands for no value where null cannot. */
  readonly blank?: string;
}
