import { DatastoreError } from '../errors.ts';

/**
 * The text of a message of a replica. Messages of the protocol are plain JSON, of which superjson makes just this; fields
 * that are undefined are left out, as they may be.
 */
export function writeMessage(message: unknown): string {
  return JSON.stringify({ json: message });
}

/**
 * The message in an answer of the server. Throws REQUEST_INVALID where it is annotated: a server answers in plain JSON, so
 * that a page need not load superjson for what never comes.
 */
export function messageOf(answer: unknown): unknown {
  if (
    answer !== null &&
    typeof answer === 'object' &&
    Object.hasOwn(answer, 'json') &&
    !Object.hasOwn(answer, 'meta')
  ) {
    return Reflect.get(answer, 'json');
  }
  throw new DatastoreError('REQUEST_INVALID', 'A message holds values that are not plain JSON.');
}
