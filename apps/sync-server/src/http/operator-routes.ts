import type { FastifyInstance } from 'fastify';
import type { PrincipalOf } from './guards.ts';
import { requireAdmin } from './require-admin.ts';

/** What an operator or an orchestrator asks a server. */
export interface OperatorRoutesOptions {
  readonly principalOf: PrincipalOf;
  /** False while the server drains, or while its store cannot be used. */
  readonly ready: () => Promise<boolean>;
  readonly status: () => Promise<unknown>;
}

/** Mounts `/livez` (the process answers), `/readyz` (send it work) and, for the role `admin`, `/status`. */
export function addOperatorRoutes(app: FastifyInstance, { principalOf, ready, status }: OperatorRoutesOptions): void {
  app.get('/livez', () => ({ live: true }));
  app.get('/readyz', async (_request, reply) => {
    const yes = await ready();
    return reply.status(yes ? 200 : 503).send({ ready: yes });
  });
  app.get('/status', async (request) => {
    await requireAdmin(principalOf, request);
    return status();
  });
}
