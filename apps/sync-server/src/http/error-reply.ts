import { DatastoreError, isDatastoreError } from '@datastores/core';
import { toWireError, transformer } from '@datastores/core/protocol';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';

/** Status and body of a refusal that does not come out of the protocol itself. */
export interface ErrorReply {
  readonly status: number;
  readonly body: unknown;
}

/**
 * The reply for an error in front of the routes: too large, wrong content type, too often, no such route. Under the path
 * of the protocol it has the protocol's form, so that a replica reads code, remedy and `retryable` as from anything else.
 */
export function errorReply(error: unknown, url: string): ErrorReply {
  const { status, known } = read(error);
  const wire = toWireError(known);
  if (!url.startsWith('/trpc/')) return { status, body: { error: wire } };
  const key = KEYS[status] ?? (status < 500 ? 'BAD_REQUEST' : 'INTERNAL_SERVER_ERROR');
  const shape = {
    message: wire.message,
    code: TRPC_ERROR_CODES_BY_KEY[key],
    data: { code: key, httpStatus: status, error: wire },
  };
  return { status, body: { error: transformer.serialize(shape) } };
}

/** An error with the HTTP status that it is told with. */
export function withStatus(error: DatastoreError, statusCode: number): DatastoreError {
  return Object.assign(error, { statusCode });
}

const KEYS: Readonly<Record<number, keyof typeof TRPC_ERROR_CODES_BY_KEY>> = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'TOO_MANY_REQUESTS',
  503: 'SERVICE_UNAVAILABLE',
};

function read(error: unknown): { readonly status: number; readonly known: unknown } {
  const given = (error as { statusCode?: unknown } | null)?.statusCode;
  const status = typeof given === 'number' && given >= 400 && given < 600 ? given : null;
  if (isDatastoreError(error)) return { status: status ?? statusOf(error), known: error };
  if (status === 413)
    return { status, known: new DatastoreError('PAYLOAD_TOO_LARGE', 'The request body is too large.') };
  if (status === 415)
    return { status, known: new DatastoreError('REQUEST_INVALID', 'The content type must be application/json.') };
  if (status === 503) return { status, known: new DatastoreError('SERVER_BUSY', 'The server is stopping.') };
  if (status !== null && status < 500)
    return { status, known: new DatastoreError('REQUEST_INVALID', 'The request cannot be read.') };
  return { status: 500, known: error };
}

function statusOf({ code, retryable }: DatastoreError): number {
  if (code === 'TOKEN_INVALID' || code === 'TOKEN_EXPIRED' || code === 'SIGNATURE_INVALID') return 401;
  if (code === 'FORBIDDEN') return 403;
  if (code === 'DOCUMENT_UNKNOWN' || code === 'LETTER_UNKNOWN') return 404;
  if (code === 'SYSTEM_UNAVAILABLE') return 503;
  if (code === 'SERVER_BUSY') return 429;
  return retryable || code === 'SERVER_FAILED' ? 500 : 400;
}
