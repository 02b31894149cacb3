import { type Trap, type When, writes } from '../trap.ts';

/** What was asked for is done, and the answer says that the server failed. */
export function errorAfterCommit(status = 500, when: When = writes): Trap {
  return {
    answer: (request, reply) => (when(request) ? { status, headers: {}, body: { message: 'internal error' } } : reply),
  };
}
