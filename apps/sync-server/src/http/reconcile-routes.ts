import { DatastoreError } from '@datastores/core';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { PrincipalOf } from './guards.ts';
import { requireAdmin } from './require-admin.ts';

/** Which streams: one of a system, or all of it. */
export interface ReconcileTarget {
  readonly system: string;
  readonly stream?: string | undefined;
}

/** How to compare them. */
export interface ReconcileRequest {
  readonly repairs: boolean;
  readonly full: boolean;
  readonly allowMassDelete: boolean;
}

/** What an operator may have compared. */
export interface ReconcileRoutesOptions {
  readonly principalOf: PrincipalOf;
  readonly beginComparison: (target: ReconcileTarget, request: ReconcileRequest) => Promise<unknown>;
  readonly comparisons: (target: ReconcileTarget) => Promise<unknown>;
}

/**
 * Mounts, for the role `admin`, `POST /reconcile`, which begins to compare a system with the store, and `GET /reconcile`,
 * which says how that stands. A comparison goes on whether anybody asks for it or not.
 */
export function addReconcileRoutes(app: FastifyInstance, options: ReconcileRoutesOptions): void {
  const { principalOf, beginComparison, comparisons } = options;
  app.post('/reconcile', async (request, reply) => {
    await requireAdmin(principalOf, request);
    const { repair, full, allowMass, ...target } = read(requestSchema, request.body);
    const states = await beginComparison(target, { repairs: repair, full, allowMassDelete: allowMass });
    return reply.status(202).send(states);
  });
  app.get('/reconcile', async (request) => {
    await requireAdmin(principalOf, request);
    return comparisons(read(targetSchema, request.query));
  });
}

const targetSchema = z.strictObject({ system: z.string().min(1), stream: z.string().min(1).optional() });

const requestSchema = z.strictObject({
  ...targetSchema.shape,
  repair: z.boolean().default(false),
  full: z.boolean().default(false),
  allowMass: z.boolean().default(false),
});

function read<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'request'}: ${message}`).join('; ');
  throw new DatastoreError('REQUEST_INVALID', `The comparison cannot be begun: ${found}.`, {
    remedy: 'Send { system, stream?, repair?, full?, allowMass? }.',
  });
}
