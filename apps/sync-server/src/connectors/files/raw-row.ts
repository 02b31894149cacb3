import type { JsonValue } from '@datastores/core/schema';

/** One record of a file before its values are looked at: what it says, or why it cannot be read. */
export interface RawRow {
  /** Number of its first line, from 1. */
  readonly line: number;
  /** As it was written, for reports and trailers. */
  readonly text: string;
  /** By the names of the file. What is not said is absent. */
  readonly values?: Readonly<Record<string, JsonValue>>;
  readonly fault?: string;
  /** False for a last line that no line feed ends. */
  readonly ended: boolean;
}

/** Limits and the fields that a file must have. */
export interface RowOptions {
  readonly maxRecord: number;
  /** Columns without which a file is refused, because a renamed column must not pass for one that is not said. */
  readonly required: readonly string[];
}
