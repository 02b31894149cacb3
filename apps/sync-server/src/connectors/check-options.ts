import { DatastoreError } from '@datastores/core';
import type { z } from 'zod';

/**
 * The options of a connector with defaults filled in. Throws CONFIG_INVALID for the system, BINDING_INVALID for a stream;
 * both name the entries, and the page of `kind` that lists them.
 */
export function checkOptions<S extends z.ZodType>(kind: string, schema: S, options: unknown): z.output<S> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const inStream = issues.every(({ path }) => path[0] === 'streams' && path.length > 1);
  const found = issues.map(({ path, message }) => `${path.join('.') || 'options'}: ${message}`);
  throw invalidOptions(inStream ? 'BINDING_INVALID' : 'CONFIG_INVALID', { kind, found, details: issues });
}

/** The error about entries of the options of a connector. */
export function invalidOptions(
  code: 'BINDING_INVALID' | 'CONFIG_INVALID',
  { kind, found, details }: { readonly kind: string; readonly found: readonly string[]; readonly details?: unknown },
): DatastoreError {
  return new DatastoreError(code, `${kind}: ${found.join('; ')}.`, {
    remedy: `Correct these entries; docs/connectors/${kind}.md lists them all.`,
    ...(details !== undefined && { details }),
  });
}
