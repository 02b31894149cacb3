import type { JsonValue } from '@datastores/core/schema';
import { z } from 'zod';
import { SystemError } from '../connector.ts';
import { passFields, positionSchema } from '../sql/cursor.ts';
import type { StreamOptions } from './options.ts';

/** Where `changes` goes on. JSON; the engine keeps it. */
export type Cursor = TransactionCursor | TimeCursor;

/** Modes xid and xmin: every record up to this mark and key was read. Null mark: still reading rows without one. */
export type TransactionCursor = z.output<typeof transactionSchema>;

/** Mode stamp: where the pass over the time stamps stands, by the clock of the database. */
export type TimeCursor = z.output<typeof timeSchema>;

/** Checks a stored cursor. Throws SystemError `cursor-lost` if it was made in another mode or is damaged. */
export function parseCursor(cursor: JsonValue, options: StreamOptions): Cursor | null {
  if (cursor === null) return null;
  const schema = options.mode === 'stamp' ? timeSchema : transactionSchema;
  const parsed = schema.safeParse(cursor);
  const fits = parsed.success && parsed.data.mode === options.mode;
  const key = parsed.data?.at?.key;
  if (fits && (key === undefined || key.length === options.key.length)) return parsed.data;
  throw new SystemError('cursor-lost', `The cursor of ${options.table} was not made in mode ${options.mode}.`);
}

const transactionSchema = z.strictObject({ mode: z.enum(['xid', 'xmin']), at: positionSchema });

const timeSchema = z.strictObject({ mode: z.literal('stamp'), ...passFields });
