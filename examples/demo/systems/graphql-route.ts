import type { FastifyInstance } from 'fastify';
import { execute, GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';
import { Refusal } from './refusal.ts';

/** What a GraphQL service answers with. */
export interface GraphqlService {
  readonly schema: GraphQLSchema;
  /** The fields of query and mutation as functions of their arguments. */
  readonly rootValue: object;
}

/** Adds `POST /graphql`. Requests that cannot be read or do not fit the schema are refused as a whole, with their errors. */
export function installGraphql(app: FastifyInstance, { schema, rootValue }: GraphqlService): void {
  app.post('/graphql', async (request, reply) => {
    const { query, variables } = (request.body ?? {}) as { query?: unknown; variables?: unknown };
    if (typeof query !== 'string') throw new Refusal(400, 'Send { "query": …, "variables": … }.', 'query');
    try {
      const document = parse(query, { maxTokens: 10_000 });
      const errors = validate(schema, document);
      if (errors.length > 0) return reply.code(400).send({ errors: errors.map(asInvalid) });
      const values = (variables ?? {}) as Record<string, unknown>;
      return await execute({ schema, document, rootValue, variableValues: values });
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return reply.code(400).send({ errors: [asInvalid(error)] });
    }
  });
}

function asInvalid(error: GraphQLError): object {
  return { ...error.toJSON(), extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } };
}
