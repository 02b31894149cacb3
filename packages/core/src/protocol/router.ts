import { initTRPC, TRPCError } from '@trpc/server';
import { DatastoreError, type DatastoreErrorCode, isDatastoreError } from '../errors.ts';
import { changesRequestSchema } from './changes.ts';
import { toWireError } from './error.ts';
import { pullRequestSchema } from './pull.ts';
import { pushRequestSchema } from './push.ts';
import type { Caller, ReplicationService } from './service.ts';
import { transformer } from './transformer.ts';
import { OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION } from './version.ts';

/** What a request brings along: the service to ask, and who asks (throws TOKEN_INVALID or TOKEN_EXPIRED). */
export interface ProtocolContext {
  readonly service: ReplicationService;
  readonly authenticate: () => Promise<Caller>;
}

/** How often an idle stream says that it lives, and after how long a silent one counts as dead. Milliseconds. */
export const STREAM_PING_MS = 15_000;
/** See {@link STREAM_PING_MS}; more than twice as long, so that one lost ping is not an outage. */
export const STREAM_SILENCE_MS = 35_000;
/** A stream ends after this time and is opened again with a fresh token. */
export const STREAM_MAX_MS = 30 * 60_000;

const t = initTRPC.context<ProtocolContext>().create({
  transformer,
  isDev: false,
  sse: {
    ping: { enabled: true, intervalMs: STREAM_PING_MS },
    client: { reconnectAfterInactivityMs: STREAM_SILENCE_MS },
    maxDurationMs: STREAM_MAX_MS,
  },
  errorFormatter: ({ shape, error }) => ({
    ...shape,
    message: toWireError(datastoreErrorIn(error)).message,
    data: { code: shape.data.code, httpStatus: shape.data.httpStatus, error: toWireError(datastoreErrorIn(error)) },
  }),
});

const open = t.procedure.use(async ({ next }) => {
  const result = await next();
  if (!result.ok) throw asTRPCError(result.error);
  return result;
});

const authenticated = open.use(async ({ ctx, next }) => next({ ctx: { caller: await ctx.authenticate() } }));

/** The protocol as tRPC routes over a {@link ReplicationService}. A server mounts it; a replica imports its type only. */
export const replicationRouter = t.router({
  info: open.query(({ ctx }) => ctx.service.info()),
  pull: authenticated.input(pullRequestSchema).mutation(({ ctx, input }) => {
    assertProtocol(input.protocol);
    return ctx.service.pull(input, ctx.caller);
  }),
  push: authenticated.input(pushRequestSchema).mutation(({ ctx, input }) => {
    assertProtocol(input.protocol);
    return ctx.service.push(input, ctx.caller);
  }),
  changes: authenticated.input(changesRequestSchema).subscription(async function* ({ ctx, input, signal }) {
    assertProtocol(input.protocol);
    yield* ctx.service.changes(input, ctx.caller, signal ?? new AbortController().signal);
  }),
});

/** Type of {@link replicationRouter}. */
export type ReplicationRouter = typeof replicationRouter;

function assertProtocol(version: number): void {
  if (version >= OLDEST_PROTOCOL_VERSION && version <= PROTOCOL_VERSION) return;
  const served = `${OLDEST_PROTOCOL_VERSION} to ${PROTOCOL_VERSION}`;
  throw new DatastoreError('UPGRADE_REQUIRED', `The replica speaks protocol ${version}, this server ${served}.`);
}

function asTRPCError(error: TRPCError): TRPCError {
  const known = datastoreErrorIn(error);
  return isDatastoreError(known) ? new TRPCError({ code: statusOf(known.code), cause: known }) : error;
}

function datastoreErrorIn(error: TRPCError): unknown {
  if (isDatastoreError(error.cause)) return error.cause;
  if (error.code === 'BAD_REQUEST' || error.code === 'PARSE_ERROR' || error.code === 'UNSUPPORTED_MEDIA_TYPE') {
    return new DatastoreError(checkpointIssue(error) ? 'CHECKPOINT_INVALID' : 'REQUEST_INVALID', describe(error));
  }
  if (error.code === 'PAYLOAD_TOO_LARGE')
    return new DatastoreError('PAYLOAD_TOO_LARGE', 'The request body is too large.');
  if (error.code === 'NOT_FOUND') return new DatastoreError('REQUEST_INVALID', 'There is no such route.');
  return error;
}

function checkpointIssue(error: TRPCError): boolean {
  return issuesIn(error).some(({ path }) => path[0] === 'checkpoint');
}

function describe(error: TRPCError): string {
  const issues = issuesIn(error).map(({ path, message }) => `${path.join('.') || 'the request'}: ${message}`);
  return issues.length > 0 ? `${issues.slice(0, 5).join('; ')}.` : 'The request cannot be read.';
}

function issuesIn(error: TRPCError): readonly { readonly path: readonly PropertyKey[]; readonly message: string }[] {
  const issues: unknown = error.cause && 'issues' in error.cause ? error.cause.issues : undefined;
  return Array.isArray(issues) ? issues : [];
}

function statusOf(code: DatastoreErrorCode): TRPCError['code'] {
  if (code === 'TOKEN_INVALID' || code === 'TOKEN_EXPIRED') return 'UNAUTHORIZED';
  if (code === 'FORBIDDEN') return 'FORBIDDEN';
  if (code === 'SERVER_BUSY') return 'TOO_MANY_REQUESTS';
  if (code === 'PAYLOAD_TOO_LARGE') return 'PAYLOAD_TOO_LARGE';
  if (code === 'UPGRADE_REQUIRED') return 'PRECONDITION_FAILED';
  if (code === 'STORE_UNAVAILABLE' || code === 'SERVER_FAILED') return 'INTERNAL_SERVER_ERROR';
  return 'BAD_REQUEST';
}
