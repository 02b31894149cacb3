import { z } from 'zod';
import { sharedFields } from '../model-rpc/options.ts';

/** How a Tryton is reached, and what of it is read and written. All times in milliseconds. See docs/connectors/tryton.md. */
export type TrytonOptions = z.input<typeof optionsSchema>;

/** The options with defaults filled in. */
export type ParsedOptions = z.output<typeof optionsSchema>;

/** See {@link TrytonOptions}. */
export const optionsSchema = z.strictObject({
  ...sharedFields,
  /** Name of the database; part of the address of every call. */
  database: z.string().regex(/^[^/?#\s]+$/, 'is no name of a database'),
  user: z.string().min(1),
  password: z.string().min(1),
  /** What happens to a write that makes Tryton warn: it is rejected with the warning, or confirmed as a person would. */
  warnings: z.enum(['reject', 'accept']).default('reject'),
});
