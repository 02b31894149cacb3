import type { Trap } from '../trap.ts';

/** Answers end in the middle: with the connection, or as if that were all. */
export function truncatedJson(how: 'connection' | 'quietly'): Trap {
  return {
    answer: (_request, reply) => {
      const text = JSON.stringify(reply.body ?? null);
      const half = text.slice(0, Math.ceil(text.length / 2));
      return { ...reply, text: half, ...(how === 'connection' && { promises: text.length - half.length }) };
    },
  };
}
