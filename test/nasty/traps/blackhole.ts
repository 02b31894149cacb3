import { always, type Trap, type When } from '../trap.ts';

/** Requests are taken and never answered. */
export function blackhole(when: When = always): Trap {
  return { request: (request) => (when(request) ? 'silent' : undefined) };
}
