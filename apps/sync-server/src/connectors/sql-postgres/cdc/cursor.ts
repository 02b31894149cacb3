import type { JsonValue } from '@datastores/core/schema';
import { z } from 'zod';
import { SystemError } from '../../connector.ts';

/** Where `changes` of mode `cdc` goes on. JSON; the engine keeps it. */
export type CdcCursor = z.output<typeof cursorSchema>;

/** Checks a stored cursor; null: from the beginning. Throws SystemError `cursor-lost` for any other. */
export function parseCdcCursor(cursor: JsonValue, table: string): CdcCursor | null {
  if (cursor === null) return null;
  const parsed = cursorSchema.safeParse(cursor);
  if (parsed.success) return parsed.data;
  throw cursorLost(`The cursor of ${table} was not made in mode cdc.`);
}

/** The error after which everything is read and compared anew. */
export function cursorLost(message: string): SystemError {
  return new SystemError('cursor-lost', `${message} Everything is read and compared anew, by itself.`);
}

const lsn = z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/);

const cursorSchema = z.strictObject({
  mode: z.literal('cdc'),
  /** Every transaction whose commit begins before this position was taken over. */
  lsn,
  /** Which tables were followed, see `fingerprint` of the state. */
  of: z.string(),
  /** The first reading of the table is under way, up to this key; null: nothing was read yet. Absent: it is done. */
  copy: z
    .strictObject({
      after: z.string().nullable(),
      /** It begins when every transaction with a lower number has ended. */
      since: z
        .string()
        .regex(/^\d{1,20}$/)
        .optional(),
    })
    .optional(),
  /** So many changes of the transaction that commits there were taken over too. */
  at: z.strictObject({ commit: lsn, skip: z.int().positive() }).optional(),
});
