import { DatastoreError } from '@datastores/core';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { withStatus } from './error-reply.ts';
import type { Authenticate, Principal } from './principal.ts';

/** What stands in front of every route. */
export interface GuardOptions {
  readonly authenticate: Authenticate;
  readonly cors: readonly string[];
  readonly requestsPerMinute: number;
  readonly requestsPerMinuteOfAddress: number;
}

/** The one check of a request's token, made when it is first asked for. */
export type PrincipalOf = (request: FastifyRequest) => Promise<Principal>;

/** Puts security headers, the list of origins and the limit of requests in front of the routes. */
export async function addGuards(app: FastifyInstance, options: GuardOptions): Promise<PrincipalOf> {
  const principals = new WeakMap<FastifyRequest, Promise<Principal>>();
  const principalOf: PrincipalOf = (request) => {
    const known = principals.get(request) ?? options.authenticate(request.headers.authorization);
    principals.set(request, known);
    return known;
  };
  await app.register(helmet);
  await app.register(cors, {
    origin: [...options.cors],
    credentials: false,
    methods: ['GET', 'POST'],
    allowedHeaders: ['authorization', 'content-type', 'accept', 'last-event-id', 'trpc-accept'],
    exposedHeaders: ['retry-after'],
    maxAge: 600,
    // What is no preflight request is answered like any other, in the form of any other.
    strictPreflight: false,
  });
  await app.register(rateLimit, {
    max: options.requestsPerMinute,
    timeWindow: 60_000,
    // One subject behind many addresses and many subjects behind one address each get what is theirs.
    keyGenerator: (request) =>
      principalOf(request).then(
        ({ subject }) => `subject ${subject}`,
        () => `address ${request.ip}`,
      ),
    allowList: isProbe,
    errorResponseBuilder: (_request, { ttl }) => tooMany(ttl),
  });
  const ofAddress = app.createRateLimit({
    max: options.requestsPerMinuteOfAddress,
    keyGenerator: (request) => `all of ${request.ip}`,
  });
  // Before the token is looked at: to verify wrong ones is work too.
  app.addHook('onRequest', async (request) => {
    const limit = await ofAddress(request);
    if (!limit.isAllowed && limit.isExceeded) throw tooMany(limit.ttl);
  });
  return principalOf;
}

function isProbe(request: FastifyRequest): boolean {
  return request.url === '/livez' || request.url === '/readyz';
}

function tooMany(ttl: number) {
  return withStatus(new DatastoreError('SERVER_BUSY', 'Too many requests.', { retryAfterMs: ttl }), 429);
}
