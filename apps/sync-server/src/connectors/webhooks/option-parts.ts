import { DatastoreError } from '@datastores/core';
import { z } from 'zod';

/** A text with something in it. */
export const text = z.string().min(1, 'must not be empty');

/** Secrets of one sender: the one in use and, while it is being changed, the one before or after it. */
export const secretList = z.array(text).min(1, 'give at least one secret').max(8, 'give at most 8 secrets');

/** A time in milliseconds, above 0. */
export const milliseconds = z.int('must be a whole number').positive('must be above 0');

/** Checks the options of a scheme. Throws CONFIG_INVALID, which names the entries and no secret. */
export function parseScheme<T extends z.ZodType>(name: string, schema: T, options: unknown): z.output<T> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`).join('; ');
  throw new DatastoreError('CONFIG_INVALID', `${name}: ${found}.`, {
    remedy: 'Correct these entries; docs/connectors/webhooks.md lists them all.',
  });
}
