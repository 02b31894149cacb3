import { DatastoreError } from '@datastores/core';
import { MAX_BODY_BYTES, type ReplicationService } from '@datastores/core/protocol';
import { fastify } from 'fastify';
import type { Log } from '../log.ts';
import { errorReply } from './error-reply.ts';
import { addGuards } from './guards.ts';
import { addHookRoutes, type ReceiveHook } from './hook-routes.ts';
import { addOperatorRoutes, type OperatorDesk } from './operator-routes.ts';
import type { Authenticate } from './principal.ts';
import { addProtocolRoutes } from './protocol-routes.ts';
import { addQuestionRoutes, type QuestionRoutesOptions } from './question-routes.ts';
import { addReconcileRoutes, type ReconcileRoutesOptions } from './reconcile-routes.ts';
import { addRemapRoutes, type RemapRoutesOptions } from './remap-routes.ts';
import { refuseBytes, refusePath } from './unreadable.ts';
import { trackUnusedConnections } from './unused-connections.ts';

/** What the HTTP side of the server is made of. */
export interface HttpServerOptions
  extends Omit<ReconcileRoutesOptions, 'principalOf'>,
    Omit<QuestionRoutesOptions, 'principalOf'>,
    Omit<RemapRoutesOptions, 'principalOf'> {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly cors: readonly string[];
  readonly requestsPerMinute: number;
  readonly requestsPerMinuteOfAddress: number;
  readonly service: ReplicationService;
  readonly authenticate: Authenticate;
  readonly receive: ReceiveHook;
  readonly ready: () => Promise<boolean>;
  readonly status: () => Promise<unknown>;
  readonly operator: OperatorDesk;
  readonly log: Log;
}

/** The HTTP side: replication under `/trpc`, webhooks under `/hooks`, health and status beside them. */
export interface HttpServer {
  /** Starts to listen and says on which port. Throws PORT_IN_USE or CONFIG_INVALID. */
  listen(): Promise<number>;
  /** Accepts nothing new, waits for what is under way, and cuts off after `DRAIN_MS` what does not end. */
  close(): Promise<void>;
}

/** How long requests under way may take to end when the server stops. */
const DRAIN_MS = 10_000;

/** How often connections that only wait are closed while the server stops. */
const LET_GO_MS = 50;

/** How long a client may take to send a request; streams are not affected. */
const REQUEST_MS = 60_000;

/** Builds the HTTP side; nothing listens before `listen`. */
export async function createHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { log } = options;
  const app = fastify({
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_MS,
    forceCloseConnections: 'idle',
    clientErrorHandler: refuseBytes,
    frameworkErrors: refusePath,
  });
  app.setErrorHandler((error, request, reply) => {
    const { status, body } = errorReply(error, request.url);
    if (status >= 500 && status !== 503) log.error('request-failed', { path: pathOf(request.url), error });
    return reply.status(status).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const error = Object.assign(new DatastoreError('REQUEST_INVALID', 'There is no such route.'), { statusCode: 404 });
    return reply.status(404).send(errorReply(error, request.url).body);
  });
  const connections = trackUnusedConnections(app.server);
  const principalOf = await addGuards(app, options);
  addOperatorRoutes(app, { ...options, principalOf });
  addReconcileRoutes(app, { ...options, principalOf });
  addQuestionRoutes(app, { ...options, principalOf });
  addRemapRoutes(app, { ...options, principalOf });
  await addHookRoutes(app, options);
  await addProtocolRoutes(app, { ...options, principalOf });
  return {
    listen: async () => {
      const { host, port } = options;
      try {
        await app.listen({ host, port });
      } catch (error) {
        throw listenError(error, host, port);
      }
      const address = app.server.address();
      return typeof address === 'object' && address !== null ? address.port : port;
    },
    close: async () => {
      const cutOff = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS);
      const letGo = setInterval(connections.close, LET_GO_MS);
      try {
        await app.close();
      } finally {
        clearTimeout(cutOff);
        clearInterval(letGo);
      }
    },
  };
}

/** A query can hold what a caller sends; logs hold the path alone. */
function pathOf(url: string): string {
  return url.split('?', 1)[0] ?? '';
}

function listenError(cause: unknown, host: string, port: number): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    return new DatastoreError('PORT_IN_USE', `Port ${port} of ${host} is taken by another program.`, { cause });
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EACCES') {
    return new DatastoreError('CONFIG_INVALID', `server.host ${host} and server.port ${port} cannot be listened on.`, {
      cause,
      remedy:
        code === 'EACCES'
          ? 'Choose a port above 1023 with server.port or DATASTORES_SERVER_PORT, or let this user use it.'
          : 'Set server.host (or DATASTORES_SERVER_HOST) to an address of this machine, e.g. 127.0.0.1 or 0.0.0.0.',
    });
  }
  return cause;
}
