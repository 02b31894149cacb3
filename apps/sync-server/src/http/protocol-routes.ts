import { type ReplicationRouter, type ReplicationService, replicationRouter } from '@datastores/core/protocol';
import { type FastifyHandlerOptions, fastifyRequestHandler } from '@trpc/server/adapters/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '../log.ts';
import type { PrincipalOf } from './guards.ts';

/** What the protocol is answered from. */
export interface ProtocolRoutesOptions {
  readonly service: ReplicationService;
  readonly principalOf: PrincipalOf;
  readonly log: Log;
}

/** Mounts the replication protocol under `/trpc`. Only JSON bodies, and one call for each request. */
export async function addProtocolRoutes(app: FastifyInstance, options: ProtocolRoutesOptions): Promise<void> {
  const { service, principalOf, log } = options;
  const trpc: FastifyHandlerOptions<ReplicationRouter, FastifyRequest, FastifyReply> = {
    router: replicationRouter,
    allowBatching: false,
    createContext: ({ req }) => ({ service, authenticate: () => principalOf(req) }),
    onError: ({ error, path }) => {
      if (error.code === 'INTERNAL_SERVER_ERROR') log.error('request-failed', { path, error: error.cause ?? error });
    },
  };
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    // The protocol parses the text itself; the limit of its length is the app's.
    scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    scope.route<{ Params: { path: string } }>({
      method: ['GET', 'POST'],
      url: '/trpc/:path',
      handler: (req, res) => fastifyRequestHandler({ ...trpc, req, res, path: req.params.path }),
    });
  });
}
