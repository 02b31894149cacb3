import { TRPCClientError } from '@trpc/client';
import * as z from 'zod/mini';
import { DatastoreError, isDatastoreError } from '../errors.ts';
import { fromWireError } from '../protocol/error.ts';

/** An answer of the server, checked against the protocol. Throws REQUEST_INVALID if it is something else. */
export function parseAnswer<S extends z.ZodMiniType>(schema: S, answer: unknown): z.output<S> {
  const parsed = schema.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new DatastoreError('REQUEST_INVALID', 'The answer of the server is not of the protocol.', {
    cause: parsed.error,
    remedy: 'Check that the URL leads to a sync server of datastores, of the same protocol version.',
  });
}

/**
 * Whatever a request failed with, as a DatastoreError: the server's own error where it sent one; else the answer of
 * something in between (a proxy says 502, 503, 413 …), or no answer at all.
 */
export function toDatastoreError(error: unknown): DatastoreError {
  if (isDatastoreError(error)) return error;
  if (error instanceof TRPCClientError) {
    const sent = fromWireError((error.data as { error?: unknown } | null | undefined)?.error);
    if (sent !== null) return sent;
    const status = statusOf(error);
    if (status !== null) return fromStatus(status, error);
    if (isDatastoreError(error.cause)) return error.cause;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new DatastoreError('SERVER_UNREACHABLE', `No answer (${reason}).`, { cause: error });
}

/** The error of an answer that is none of the protocol's successes: the server's own where the body holds one. */
export function errorIn(status: number, body: string): DatastoreError {
  try {
    const sent = errorOf(JSON.parse(body));
    if (sent !== null) return sent;
  } catch {
    // Not an answer of a sync server.
  }
  return fromStatus(status, undefined);
}

/** The error in an answer of the protocol, or null. */
export function errorOf(answer: unknown): DatastoreError | null {
  const parsed = errorAnswerSchema.safeParse(answer);
  return parsed.success ? fromWireError(parsed.data.error.json.data.error) : null;
}

const errorAnswerSchema = z.object({
  error: z.object({ json: z.object({ data: z.object({ error: z.unknown() }) }) }),
});

function statusOf(error: TRPCClientError<never>): number | null {
  const response: unknown = error.meta?.response;
  const status = response !== null && typeof response === 'object' ? Reflect.get(response, 'status') : undefined;
  return typeof status === 'number' && status >= 400 ? status : null;
}

function fromStatus(status: number, cause: unknown): DatastoreError {
  const options = { cause };
  if (status === 401) return new DatastoreError('TOKEN_INVALID', 'The server answered 401.', options);
  if (status === 403) return new DatastoreError('FORBIDDEN', 'The server answered 403.', options);
  if (status === 413) return new DatastoreError('PAYLOAD_TOO_LARGE', 'The server answered 413.', options);
  if (status === 429) return new DatastoreError('SERVER_BUSY', 'The server answered 429.', options);
  if (status === 404) {
    const remedy = 'Check the URL of the server: it must end where its tRPC routes begin, e.g. /trpc.';
    return new DatastoreError('REQUEST_INVALID', 'The server answered 404.', { cause, remedy });
  }
  return new DatastoreError('SERVER_UNREACHABLE', `The server answered ${status}.`, options);
}
