import * as z from 'zod/mini';
import { DatastoreError, type DatastoreErrorCode, ERROR_CODES, isDatastoreError } from '../errors.ts';

/** The wire form of an error. Whether to repeat is a field, never guessed from a status or a text. */
export const wireErrorSchema = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
  retryable: z.boolean(),
  retryAfterMs: z.optional(z.number()),
  details: z.optional(z.unknown()),
});

/** See {@link wireErrorSchema}. */
export type WireError = z.infer<typeof wireErrorSchema>;

/** What may be said of an error to the other side. Anything but a DatastoreError becomes SERVER_FAILED without particulars. */
export function toWireError(error: unknown): WireError {
  if (!isDatastoreError(error)) {
    const { cause, remedy, retryable } = ERROR_CODES.SERVER_FAILED;
    return { code: 'SERVER_FAILED', message: cause, remedy, retryable };
  }
  return {
    code: error.code,
    message: plainMessage(error),
    remedy: error.remedy,
    retryable: error.retryable,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(error.details === undefined ? {} : { details: error.details }),
  };
}

/** The error that the other side sent; null if `data` is not the wire form of one. An unknown code reads as SERVER_FAILED. */
export function fromWireError(data: unknown): DatastoreError | null {
  const parsed = wireErrorSchema.safeParse(data);
  if (!parsed.success) return null;
  const { code, message, remedy, retryAfterMs, details } = parsed.data;
  const known = (code in ERROR_CODES ? code : 'SERVER_FAILED') as DatastoreErrorCode;
  return new DatastoreError(known, message, {
    remedy,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(details === undefined ? {} : { details }),
  });
}

function plainMessage(error: DatastoreError): string {
  return error.message.replace(`${error.code}: `, '').replace(` ${error.remedy}`, '');
}
