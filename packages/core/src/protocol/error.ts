import { type DatastoreErrorCode, REMEDIES } from '../error-remedies.ts';
import { DatastoreError, isDatastoreError } from '../errors.ts';
import { isWireError } from './answer-guards.ts';
import type { WireError } from './wire-error.ts';

/** What may be said of an error to the other side. Anything but a DatastoreError becomes SERVER_FAILED without particulars. */
export function toWireError(error: unknown): WireError {
  if (!isDatastoreError(error)) {
    return {
      code: 'SERVER_FAILED',
      message: 'The sync server failed while it handled the request.',
      ...REMEDIES.SERVER_FAILED,
    };
  }
  const details = plainDetails(error.details);
  return {
    code: error.code,
    message: plainMessage(error),
    remedy: error.remedy,
    retryable: error.retryable,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
    ...(details === undefined ? {} : { details }),
  };
}

/**
 * The error that the other side sent; null if `data` is not the wire form of one. A code that this version does not know
 * reads as SERVER_FAILED that names it, and is repeated only if the other side said that it may be.
 */
export function fromWireError(data: unknown): DatastoreError | null {
  if (!isWireError(data)) return null;
  const { code, message, remedy, retryable, retryAfterMs, details } = data;
  const isKnown = Object.hasOwn(REMEDIES, code);
  return new DatastoreError(
    isKnown ? (code as DatastoreErrorCode) : 'SERVER_FAILED',
    isKnown ? message : `${code}: ${message}`,
    {
      remedy,
      ...(isKnown ? {} : { retryable }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(details === undefined ? {} : { details }),
    },
  );
}

// The remedy travels on its own; in the message of an Error it stands for those who only print that.
function plainMessage({ code, message, remedy }: DatastoreError): string {
  const start = message.startsWith(`${code}: `) ? code.length + 2 : 0;
  const end = message.endsWith(` ${remedy}`) ? message.length - remedy.length - 1 : message.length;
  return message.slice(start, end);
}

// Details that cannot be written must not cost the error itself.
function plainDetails(details: unknown): unknown {
  try {
    const text = JSON.stringify(details);
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
