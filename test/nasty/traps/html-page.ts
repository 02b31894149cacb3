import { always, type Trap, type When } from '../trap.ts';

/** A proxy answers everything with its maintenance page, and with status 200. */
export function htmlPage(when: When = always): Trap {
  const page = {
    status: 200,
    headers: { 'content-type': 'text/html' },
    text: '<!doctype html><title>Maintenance</title><p>We will be back soon.',
  };
  return { request: (request) => (when(request) ? page : undefined) };
}
