import { lists, type Trap } from '../trap.ts';

/** Something happens over there between the first page of a list and the second. */
export function movingPages(happens: () => void): Trap {
  let pages = 0;
  return {
    answer: (request, reply) => {
      pages += lists(request) ? 1 : 0;
      if (lists(request) && pages === 1) happens();
      return reply;
    },
  };
}
