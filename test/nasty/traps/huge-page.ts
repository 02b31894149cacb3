import { lists, type Trap } from '../trap.ts';

/** Pages of the list are so many bytes long. */
export function hugePage(bytes: number): Trap {
  return {
    answer: (request, reply) =>
      lists(request) ? { ...reply, body: { ...(reply.body as object), debug: 'x'.repeat(bytes) } } : reply,
  };
}
