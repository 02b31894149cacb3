import { TRPCError } from '@trpc/server';
import type { DatastoreErrorCode } from '../error-remedies.ts';
import { DatastoreError, isDatastoreError } from '../errors.ts';
import { toWireError } from './error.ts';
import type { WireError } from './wire-error.ts';

/** The codes that tRPC and HTTP know, for those of ours that have one; the rest is a bad request. */
const STATUS: Partial<Record<DatastoreErrorCode, TRPCError['code']>> = {
  TOKEN_INVALID: 'UNAUTHORIZED',
  TOKEN_EXPIRED: 'UNAUTHORIZED',
  FORBIDDEN: 'FORBIDDEN',
  SERVER_BUSY: 'TOO_MANY_REQUESTS',
  PAYLOAD_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  UPGRADE_REQUIRED: 'PRECONDITION_FAILED',
  STORE_UNAVAILABLE: 'INTERNAL_SERVER_ERROR',
  STORAGE_UNAVAILABLE: 'INTERNAL_SERVER_ERROR',
  SERVER_FAILED: 'INTERNAL_SERVER_ERROR',
  SERVER_UNREACHABLE: 'INTERNAL_SERVER_ERROR',
};

/** Gives an error the HTTP status of its code. What is no DatastoreError stays as it is: a failure of the server. */
export function asTRPCError(error: TRPCError): TRPCError {
  const known = datastoreErrorIn(error);
  return known === null ? error : new TRPCError({ code: STATUS[known.code] ?? 'BAD_REQUEST', cause: known });
}

/**
 * The form in which every error crosses the wire: `data.error` is the wire error. Nothing else of the error is sent, no
 * stack and no text of what is underneath. Errors of streams and of the context come here without the middleware.
 */
export function errorShape<S extends ShapeOfTRPC>(given: { readonly shape: S; readonly error: TRPCError }) {
  const error: WireError = toWireError(datastoreErrorIn(given.error) ?? given.error);
  const { code, httpStatus } = given.shape.data;
  return { ...given.shape, message: error.message, data: { code, httpStatus, error } };
}

interface ShapeOfTRPC {
  readonly message: string;
  readonly data: { readonly code: TRPCError['code']; readonly httpStatus: number };
}

/** Codes of tRPC's own refusals: the request never reached a procedure. */
const REFUSED: ReadonlySet<TRPCError['code']> = new Set<TRPCError['code']>([
  'BAD_REQUEST',
  'PARSE_ERROR',
  'UNSUPPORTED_MEDIA_TYPE',
  'UNPROCESSABLE_CONTENT',
  'METHOD_NOT_SUPPORTED',
  'NOT_FOUND',
]);

function datastoreErrorIn(error: TRPCError): DatastoreError | null {
  if (isDatastoreError(error.cause)) return error.cause;
  if (error.code === 'PAYLOAD_TOO_LARGE') {
    return new DatastoreError('PAYLOAD_TOO_LARGE', 'The request body is too large.', { cause: error });
  }
  if (error.code === 'NOT_FOUND') {
    return new DatastoreError('REQUEST_INVALID', 'There is no such route.', { cause: error });
  }
  if (error.code === 'METHOD_NOT_SUPPORTED') {
    return new DatastoreError('REQUEST_INVALID', 'The route is not called with this HTTP method.', { cause: error });
  }
  if (!REFUSED.has(error.code)) return null;
  return new DatastoreError('REQUEST_INVALID', 'The request cannot be read.', { cause: error });
}
