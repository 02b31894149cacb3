import { DatastoreError } from '@datastores/core';
import type { JsonValue } from '@datastores/core/schema';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { PrincipalOf } from './guards.ts';
import { requireAdmin } from './require-admin.ts';

/** An answer to a question, named as it was seen. */
export interface QuestionAnswer {
  readonly question: string;
  readonly answer: { readonly take: 'here' | 'there' } | { readonly value: JsonValue };
}

/** What an operator is asked. */
export interface QuestionRoutesOptions {
  readonly principalOf: PrincipalOf;
  readonly questions: () => Promise<unknown>;
  readonly answer: (answered: QuestionAnswer) => Promise<unknown>;
}

/**
 * Mounts, for the role `admin`, `GET /questions`, which lists the fields that both sides changed, and `POST /questions`,
 * which answers one of them: `{ question, take: 'here' | 'there' }` or `{ question, value }`.
 */
export function addQuestionRoutes(
  app: FastifyInstance,
  { principalOf, questions, answer }: QuestionRoutesOptions,
): void {
  app.get('/questions', async (request) => {
    await requireAdmin(principalOf, request);
    return questions();
  });
  app.post('/questions', async (request) => {
    await requireAdmin(principalOf, request);
    return answer(read(request.body));
  });
}

const name = z.string().min(1).max(100);
const answerSchema = z.union([
  z.strictObject({ question: name, take: z.enum(['here', 'there']) }),
  z.strictObject({ question: name, value: z.json() }),
]);

function read(given: unknown): QuestionAnswer {
  const parsed = answerSchema.safeParse(given);
  if (parsed.success) {
    const { question, ...answer } = parsed.data;
    return { question, answer };
  }
  throw new DatastoreError('REQUEST_INVALID', 'That is no answer to a question.', {
    remedy:
      "Send { question, take: 'here' | 'there' } or { question, value }, with a question as GET /questions names it.",
  });
}
