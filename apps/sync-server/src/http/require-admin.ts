import { DatastoreError } from '@datastores/core';
import type { FastifyRequest } from 'fastify';
import type { PrincipalOf } from './guards.ts';

/** Throws FORBIDDEN unless the token of a request has the role `admin`, and what its check throws. */
export async function requireAdmin(principalOf: PrincipalOf, request: FastifyRequest): Promise<void> {
  const { roles } = await principalOf(request);
  if (!roles.includes('admin')) throw new DatastoreError('FORBIDDEN', 'The token does not have the role "admin".');
}
