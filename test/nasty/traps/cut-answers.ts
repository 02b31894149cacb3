import { type Trap, type When, writes } from '../trap.ts';

/** What was asked for is done, and the connection breaks before the answer. */
export function cutAnswers(when: When = writes): Trap {
  return { answer: (request, reply) => (when(request) ? 'cut' : reply) };
}
