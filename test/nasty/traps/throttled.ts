import { always, type Trap } from '../trap.ts';

/** Too many requests: come back in so many seconds, told as a number or as a date by a clock. */
export function throttled(seconds: number, clock?: { readonly now: () => number }): Trap {
  const until = () => (clock ? new Date(clock.now() + seconds * 1_000).toUTCString() : String(seconds));
  return {
    request: (request) =>
      always(request)
        ? { status: 429, headers: { 'retry-after': until() }, body: { message: 'slow down' } }
        : undefined,
  };
}
