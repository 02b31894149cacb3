import { DatastoreError } from '@datastores/core';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { PrincipalOf } from './guards.ts';
import type { ReconcileTarget } from './reconcile-routes.ts';
import { requireAdmin } from './require-admin.ts';

/** What an operator may do about raised mappings. */
export interface RemapRoutesOptions {
  readonly principalOf: PrincipalOf;
  readonly previewRemap: (target: ReconcileTarget) => Promise<unknown>;
  readonly letRemapGo: (target: ReconcileTarget) => Promise<unknown>;
  readonly remaps: (target: ReconcileTarget) => Promise<unknown>;
}

/**
 * Mounts, for the role `admin`, `POST /remap`, which lets mappings go that are held, or with `dryRun` looks at what they would
 * do, and `GET /remap`, which says how they stand.
 */
export function addRemapRoutes(app: FastifyInstance, options: RemapRoutesOptions): void {
  const { principalOf, previewRemap, letRemapGo, remaps } = options;
  app.post('/remap', async (request, reply) => {
    await requireAdmin(principalOf, request);
    const { dryRun, ...target } = read(requestSchema, request.body);
    return reply.status(202).send(await (dryRun ? previewRemap(target) : letRemapGo(target)));
  });
  app.get('/remap', async (request) => {
    await requireAdmin(principalOf, request);
    return remaps(read(targetSchema, request.query));
  });
}

const targetSchema = z.strictObject({ system: z.string().min(1), stream: z.string().min(1).optional() });

const requestSchema = z.strictObject({ ...targetSchema.shape, dryRun: z.boolean().default(false) });

function read<S extends z.ZodType>(schema: S, given: unknown): z.output<S> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const found = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'request'}: ${message}`).join('; ');
  throw new DatastoreError('REQUEST_INVALID', `That is no request about a mapping: ${found}.`, {
    remedy: 'Send { system, stream?, dryRun? }.',
  });
}
