import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Refusal } from '../refusal.ts';
import { answerOData, type ODataReply, refusal } from './answer.ts';
import { answerBatch } from './batch.ts';
import type { EntitySet } from './entity-set.ts';
import { metadataOf } from './metadata.ts';

/**
 * Adds an OData v4 service at `/odata`, with as much of the protocol as the demo needs: `$metadata`, lists with `$filter`
 * (comparisons, and, or), `$orderby`, `$top` and next links, single reads, PATCH and DELETE with If-Match, JSON `$batch`.
 * Everything else is refused, as the protocol wants it.
 */
export function installOData(app: FastifyInstance, sets: readonly EntitySet[]): void {
  app.get('/odata/$metadata', async (_request, reply) =>
    reply.type('application/xml').header('odata-version', '4.0').send(metadataOf(sets)),
  );
  app.route({
    method: ['GET', 'POST', 'PATCH', 'DELETE', 'PUT'],
    url: '/odata/*',
    handler: async (request, reply) => {
      const { status, headers, body } = answer(sets, request);
      reply.code(status).headers({ 'odata-version': '4.0', ...headers });
      return reply.send(body);
    },
  });
}

function answer(sets: readonly EntitySet[], request: FastifyRequest): ODataReply {
  const path = request.url.slice('/odata/'.length);
  const headers = request.headers as Readonly<Record<string, string | undefined>>;
  const { method, body } = request;
  if (path !== '$batch') return answerOData(sets, { method, path, headers, body });
  try {
    if (method !== 'POST') throw new Refusal(405, 'Send a batch by POST.');
    return answerBatch(sets, body, headers.prefer);
  } catch (error) {
    if (error instanceof Refusal) return refusal(error);
    throw error;
  }
}
