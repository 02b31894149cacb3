import { getTRPCErrorFromUnknown, initTRPC } from '@trpc/server';
import { changesRequestSchema } from './changes.ts';
import { digestRequestSchema } from './digest.ts';
import { noteRequestSchema } from './note.ts';
import { pullRequestSchema } from './pull.ts';
import { pushRequestSchema } from './push.ts';
import { readRequest } from './read-request.ts';
import { asTRPCError, errorShape } from './router-error.ts';
import type { Caller, ReplicationService } from './service.ts';
import { STREAM_MAX_MS, STREAM_PING_MS, STREAM_SILENCE_MS } from './stream-times.ts';
import { transformer } from './transformer.ts';

/** What a request brings along: the service to ask, and who asks (throws TOKEN_INVALID or TOKEN_EXPIRED). */
export interface ProtocolContext {
  readonly service: ReplicationService;
  readonly authenticate: () => Promise<Caller>;
}

const t = initTRPC.context<ProtocolContext>().create({
  transformer,
  isDev: false,
  sse: {
    ping: { enabled: true, intervalMs: STREAM_PING_MS },
    client: { reconnectAfterInactivityMs: STREAM_SILENCE_MS },
    maxDurationMs: STREAM_MAX_MS,
  },
  errorFormatter: errorShape,
});

const open = t.procedure.use(async ({ next }) => {
  const result = await next();
  if (!result.ok) throw asTRPCError(result.error);
  return result;
});

// Before the input is read: who has no token learns nothing about the form of requests.
const authenticated = open.use(async ({ ctx, next }) => next({ ctx: { caller: await ctx.authenticate() } }));

/** The protocol as tRPC routes over a {@link ReplicationService}. A server mounts it; a replica imports its type only. */
export const replicationRouter = t.router({
  info: open.query(({ ctx }) => ctx.service.info()),
  pull: authenticated
    .input(readRequest(pullRequestSchema))
    .mutation(({ ctx, input }) => ctx.service.pull(input, ctx.caller)),
  push: authenticated
    .input(readRequest(pushRequestSchema))
    .mutation(({ ctx, input }) => ctx.service.push(input, ctx.caller)),
  digest: authenticated
    .input(readRequest(digestRequestSchema))
    .mutation(({ ctx, input }) => ctx.service.digest(input, ctx.caller)),
  note: authenticated
    .input(readRequest(noteRequestSchema))
    .mutation(({ ctx, input }) => ctx.service.note(input, ctx.caller)),
  changes: authenticated
    .input(readRequest(changesRequestSchema))
    .subscription(({ ctx, input, signal }) =>
      withStatus(ctx.service.changes(input, ctx.caller, signal ?? new AbortController().signal)),
    ),
});

/** Type of {@link replicationRouter}. */
export type ReplicationRouter = typeof replicationRouter;

// The middleware is done when a stream begins. A client opens a stream again by itself after an error without the status
// of its code, since that is a failure of the server: it would never be told that its token has ended.
async function* withStatus<T>(stream: AsyncIterable<T>): AsyncGenerator<T, void> {
  try {
    yield* stream;
  } catch (error) {
    throw asTRPCError(getTRPCErrorFromUnknown(error));
  }
}
