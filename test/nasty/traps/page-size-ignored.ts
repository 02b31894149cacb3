import { lists, type Trap } from '../trap.ts';

/** However many records are asked for, so many come. */
export function pageSizeIgnored(size: number): Trap {
  return {
    request: (request) => {
      // The system reads its own number in place of the one that was asked for.
      if (lists(request)) (request.query as Record<string, string>).limit = String(size);
      return undefined;
    },
  };
}
