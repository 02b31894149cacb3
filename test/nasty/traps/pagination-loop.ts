import { lists, type Trap } from '../trap.ts';

/** Behind so many pages the list begins again, without an end. */
export function paginationLoop(length: number): Trap {
  const pages: string[] = [];
  return {
    answer: (request, reply) => {
      if (!lists(request) || request.query.ref !== undefined) return reply;
      const next = `loop-${pages.length % length}`;
      pages.push(next);
      return { ...reply, body: { ...(reply.body as object), next } };
    },
    request: (request) => {
      if (request.query.cursor?.startsWith('loop-')) delete (request.query as Record<string, string>).cursor;
      return undefined;
    },
  };
}
