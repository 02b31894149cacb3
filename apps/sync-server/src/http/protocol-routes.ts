import {
  answerCall,
  changesRequestSchema,
  messageIn,
  type ProtocolContext,
  type ReplicationService,
  readRequest,
} from '@datastores/core/protocol';
import type { TRPCError } from '@trpc/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Log } from '../log.ts';
import type { PrincipalOf } from './guards.ts';
import { sendPacked, unpackBody } from './packing.ts';
import { pokeStream } from './poke-stream.ts';

/** What the protocol is answered from. */
export interface ProtocolRoutesOptions {
  readonly service: ReplicationService;
  readonly principalOf: PrincipalOf;
  readonly log: Log;
}

const changesRequest = readRequest(changesRequestSchema);

/** Keeps what is between server and replica from holding the stream back or changing it. */
const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
};

/**
 * Mounts the replication protocol under `/trpc`. Only JSON bodies, and one call for each request. Any client of tRPC can
 * call it; tRPC's adapter for Fastify is not used, because it puts the streams of fetch between (see `answerCall`).
 */
export async function addProtocolRoutes(app: FastifyInstance, options: ProtocolRoutesOptions): Promise<void> {
  const contextOf = (request: FastifyRequest): ProtocolContext => ({
    service: options.service,
    authenticate: () => options.principalOf(request),
  });
  const logFailure = (error: TRPCError, path: string) => {
    if (error.code === 'INTERNAL_SERVER_ERROR') {
      options.log.error('request-failed', { path, error: error.cause ?? error });
    }
  };
  await app.register(async (scope) => {
    scope.addHook('preParsing', unpackBody);
    scope.removeAllContentTypeParsers();
    // The protocol parses the text itself; the limit of its length is the app's.
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    // Not for HEAD: nobody would read the stream that is made for it, nor end it.
    const stream = { exposeHeadRoute: false };
    scope.get<{ Querystring: { input?: string } }>('/trpc/changes', stream, (request, reply) => {
      const { service, authenticate } = contextOf(request);
      const pokes = pokeStream({
        open: async (signal) => {
          const caller = await authenticate();
          return service.changes(changesRequest(messageIn(request.query.input ?? '')), caller, signal);
        },
        failed: (error) => logFailure(error, 'changes'),
      });
      return reply.headers(STREAM_HEADERS).send(pokes);
    });
    scope.route<{ Params: { path: string }; Body: string | undefined }>({
      method: ['GET', 'POST'],
      url: '/trpc/:path',
      async handler(request, reply) {
        const { path } = request.params;
        const call = { path, method: request.method, body: request.body ?? '', context: contextOf(request) };
        const { status, body, error } = await answerCall(call);
        if (error !== null) logFailure(error, path);
        return sendPacked(request, reply.status(status).type('application/json'), body);
      },
    });
  });
}
