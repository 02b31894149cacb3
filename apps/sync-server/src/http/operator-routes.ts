import { DatastoreError } from '@datastores/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { PrincipalOf } from './guards.ts';
import { requireAdmin } from './require-admin.ts';

/** What an operator or an orchestrator asks a server. */
export interface OperatorRoutesOptions {
  readonly principalOf: PrincipalOf;
  /** False while the server drains, or while its store cannot be used. */
  readonly ready: () => Promise<boolean>;
  readonly status: () => Promise<unknown>;
  readonly operator: OperatorDesk;
}

/**
 * Mounts `/livez` (the process answers), `/readyz` (send it work) and, for the role `admin`, `/status`, `/explain`,
 * `/unused`, and `/letters` with `/letters/retry`, `/letters/drop` and `/letters/found`.
 */
export function addOperatorRoutes(app: FastifyInstance, options: OperatorRoutesOptions): void {
  const { principalOf, ready, status, operator } = options;
  app.get('/livez', () => ({ live: true }));
  app.get('/readyz', async (_request, reply) => {
    const yes = await ready();
    return reply.status(yes ? 200 : 503).send({ ready: yes });
  });
  const asAdmin =
    (answer: (request: FastifyRequest) => unknown) =>
    async (request: FastifyRequest): Promise<unknown> => {
      await requireAdmin(principalOf, request);
      return answer(request);
    };
  app.get('/status', asAdmin(status));
  app.get(
    '/explain',
    asAdmin(({ query }) => operator.explain(read(explainInput, query))),
  );
  app.get('/unused', asAdmin(operator.unused));
  app.get(
    '/letters',
    asAdmin(({ query }) => operator.letters(read(lettersInput, query))),
  );
  app.post(
    '/letters/retry',
    asAdmin(({ body }) => operator.retry(read(retryInput, body))),
  );
  app.post(
    '/letters/found',
    asAdmin(({ body }) => operator.found(read(foundInput, body))),
  );
  app.post(
    '/letters/drop',
    asAdmin(({ body }) => operator.drop(read(dropInput, body).writeId)),
  );
}

/** What an operator can look at and do. */
export interface OperatorDesk {
  readonly explain: (request: z.infer<typeof explainInput>) => Promise<unknown>;
  readonly letters: (query: z.infer<typeof lettersInput>) => Promise<unknown>;
  readonly retry: (request: z.infer<typeof retryInput>) => Promise<unknown>;
  readonly found: (request: z.infer<typeof foundInput>) => Promise<unknown>;
  readonly drop: (writeId: string) => Promise<unknown>;
  readonly unused: () => Promise<unknown>;
}

const text = z.string().min(1).max(1_000);

const explainInput = z.strictObject({
  datastore: text,
  id: text,
  scope: z.exactOptional(text),
  field: z.exactOptional(text),
});

const lettersInput = z.strictObject({ system: z.exactOptional(text) });

const notApplied = z.exactOptional(z.boolean());

const retryInput = z.union([
  z.strictObject({ writeIds: z.array(text).min(1).max(10_000), notApplied }),
  z.strictObject({ system: text, notApplied }),
  z.strictObject({ all: z.literal(true), notApplied }),
]);

const foundInput = z.strictObject({ writeId: text, key: text });

const dropInput = z.strictObject({ writeId: text });

function read<Shape extends z.ZodType>(shape: Shape, value: unknown): z.infer<Shape> {
  const parsed = shape.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the request'}: ${message}`);
  throw new DatastoreError('REQUEST_INVALID', `${problems.join('; ')}.`);
}
