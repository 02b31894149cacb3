import { DatastoreError, isDatastoreError } from '@datastores/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Inbound, SystemError } from '../connectors/connector.ts';
import type { Log } from '../log.ts';
import { withStatus } from './error-reply.ts';

/** Takes in a webhook for a system. Null: there is no such system, or it takes none. */
export type ReceiveHook = (
  system: string,
  request: Inbound,
) => Promise<{ readonly is: 'taken' } | { readonly is: 'full'; readonly retryAfterMs: number } | null>;

/** What webhooks are answered from. */
export interface HookRoutesOptions {
  readonly receive: ReceiveHook;
  /** Most calls of one address in a minute. */
  readonly requestsPerMinute: number;
  readonly log: Log;
}

/** Largest body. Senders that say what changed need a few hundred bytes, those that send whole records some more. */
const MAX_HOOK_BYTES = 2 * 1024 * 1024;

/** One sender speaks for all records of a system, so it may come more often than one replica. */
const HOOKS_FOR_EACH_REQUEST = 10;

/** When a sender is to come again that found the store unable to take anything. */
const RETRY_S = 30;

/**
 * Mounts `POST /hooks/<system>`. No token is asked for: the signature over the body, which is passed on as it came, is the
 * connector's to judge. 202 once what the call names is durable here; 503 with Retry-After while nothing can be taken.
 */
export async function addHookRoutes(app: FastifyInstance, options: HookRoutesOptions): Promise<void> {
  const rateLimit = {
    max: options.requestsPerMinute * HOOKS_FOR_EACH_REQUEST,
    timeWindow: 60_000,
    // By address: whoever floods the route uses up what is theirs, and not what is the sender's.
    keyGenerator: (request: FastifyRequest) => `hook ${request.ip}`,
  };
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    const parser = { parseAs: 'buffer', bodyLimit: MAX_HOOK_BYTES } as const;
    scope.addContentTypeParser('*', parser, (_request, body, done) => done(null, body));
    scope.post<{ Params: { system: string } }>(
      '/hooks/:system',
      { bodyLimit: MAX_HOOK_BYTES, config: { rateLimit } },
      async (request, reply) => {
        const received = await receiveHook(options, request);
        if (received === null) return reply.callNotFound();
        if (received.is === 'taken') return reply.status(202).send({ accepted: true });
        return later(reply, Math.ceil(received.retryAfterMs / 1000), 'Too many records wait to be read.');
      },
    );
    scope.setErrorHandler((error, request, reply) => {
      if ((error as { statusCode?: unknown }).statusCode === 415) throw withStatus(unreadableType(), 415);
      if (!isPassing(error)) throw error;
      options.log.warn('hook-not-taken', { path: request.url.split('?', 1)[0], error });
      return later(reply, RETRY_S, 'The server cannot take this at the moment.');
    });
  });
}

function receiveHook({ receive }: HookRoutesOptions, request: FastifyRequest<{ Params: { system: string } }>) {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  const body = Buffer.isBuffer(request.body) ? request.body : new Uint8Array();
  return receive(request.params.system, { method: request.method, path: request.url, headers, body });
}

/** The same call may be taken later. What the connector says to the sender is an error of another kind. */
function isPassing(error: unknown): boolean {
  if (error instanceof SystemError) return true;
  return isDatastoreError(error) && (error.code === 'STORE_UNAVAILABLE' || error.code === 'STORE_CLOSED');
}

/** Any content type is taken, but what is none at all is refused before there is a body. */
function unreadableType(): DatastoreError {
  return new DatastoreError('REQUEST_INVALID', 'The header Content-Type is no content type.', {
    remedy: 'Have the sender leave it out, or give one such as application/json.',
  });
}

function later(reply: FastifyReply, seconds: number, message: string): never {
  void reply.header('retry-after', String(seconds));
  throw withStatus(new DatastoreError('SERVER_BUSY', message, { retryAfterMs: seconds * 1000 }), 503);
}
