import { getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { TRPC_ERROR_CODES_BY_KEY } from '@trpc/server/rpc';
import { DatastoreError } from '../errors.ts';
import { isNestedTooDeep } from './nesting.ts';
import { type ProtocolContext, replicationRouter } from './router.ts';
import { asTRPCError, errorShape } from './router-error.ts';
import { transformer } from './transformer.ts';

/** A call of a procedure as it comes over HTTP. */
export interface HttpCall {
  /** Name of the procedure. */
  readonly path: string;
  readonly method: string;
  /** The body of the request. */
  readonly body: string;
  readonly context: ProtocolContext;
}

/** What is answered: status and JSON text, and the error for those who log it. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly error: TRPCError | null;
}

/**
 * Answers a call as tRPC's own HTTP adapters do, without their detour over the Request, Response and streams of fetch,
 * which costs more than the call. The routes, their checks and the form of answers are those of {@link replicationRouter}.
 */
export async function answerCall(call: HttpCall): Promise<HttpAnswer> {
  try {
    const data = await resultOf(call);
    // An answer is plain JSON, which the transformer would leave as it is, after looking at all of it.
    return { status: 200, body: JSON.stringify({ result: { data: { json: data } } }), error: null };
  } catch (cause) {
    const error = asTRPCError(getTRPCErrorFromUnknown(cause));
    return {
      status: getHTTPStatusCodeFromError(error),
      body: JSON.stringify({ error: serializedError(error) }),
      error,
    };
  }
}

async function resultOf({ path, method, body, context }: HttpCall): Promise<unknown> {
  const procedures = replicationRouter.createCaller(context);
  switch (path) {
    case 'info':
      if (method !== 'GET') throw new TRPCError({ code: 'METHOD_NOT_SUPPORTED' });
      return procedures.info();
    case 'pull':
    case 'push':
    case 'digest':
    case 'note':
      if (method !== 'POST') throw new TRPCError({ code: 'METHOD_NOT_SUPPORTED' });
      // Before the body is read: who has no token learns nothing about the form of requests.
      await context.authenticate();
      return procedures[path](messageIn(body) as never);
    default:
      throw new TRPCError({ code: 'NOT_FOUND' });
  }
}

/** The form in which an error crosses the wire, in an answer or in a stream. */
export function serializedError(error: TRPCError): unknown {
  const { code, message } = error;
  const data = { code, httpStatus: getHTTPStatusCodeFromError(error) };
  return transformer.serialize(errorShape({ shape: { message, code: TRPC_ERROR_CODES_BY_KEY[code], data }, error }));
}

/** Reads the text of a message. Throws what the router tells as REQUEST_INVALID. */
export function messageIn(text: string): unknown {
  if (isNestedTooDeep(text)) throw new DatastoreError('REQUEST_INVALID', 'The request is nested too deep.');
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch (cause) {
    throw new TRPCError({ code: 'PARSE_ERROR', cause });
  }
  return transformer.deserialize(message as never);
}
