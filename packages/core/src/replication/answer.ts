import { DatastoreError, isDatastoreError } from '../errors.ts';
import { fromWireError } from '../protocol/error.ts';
import type { Guard } from '../protocol/guard.ts';
import { messageOf } from '../protocol/plain-message.ts';

/** An answer of the server, checked against the protocol. Throws REQUEST_INVALID if it is something else. */
export function checkedAnswer<T>(isAnswer: Guard<T>, answer: unknown): T {
  if (isAnswer(answer)) return answer;
  throw new DatastoreError('REQUEST_INVALID', 'The answer of the server is not of the protocol.', {
    remedy: 'Check that the URL leads to a sync server of datastores, of the same protocol version.',
  });
}

/** Whatever a request failed with, as a DatastoreError: what is none means that there was no answer. */
export function toDatastoreError(error: unknown): DatastoreError {
  if (isDatastoreError(error)) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new DatastoreError('SERVER_UNREACHABLE', `No answer (${reason}).`, { cause: error });
}

/**
 * The result in the body of an answer. Throws the server's own error where it sent one; else what the status says, which
 * is then the answer of something in between (a proxy says 502, 503, 413 …).
 */
export function resultIn(status: number, body: string): unknown {
  const answer = status < 400 ? read(body) : null;
  if (answer !== null && Object.hasOwn(answer, 'result')) return messageOf(fieldOf(fieldOf(answer, 'result'), 'data'));
  throw errorIn(status, body);
}

/** The error of an answer that is none of the protocol's successes: the server's own where the body holds one. */
export function errorIn(status: number, body: string): DatastoreError {
  return errorOf(read(body)) ?? fromStatus(status);
}

/** The error in an answer of the protocol, or null. */
export function errorOf(answer: unknown): DatastoreError | null {
  const path = ['error', 'json', 'data', 'error'];
  return fromWireError(path.reduce(fieldOf, answer));
}

function fieldOf(value: unknown, name: string): unknown {
  return value !== null && typeof value === 'object' ? Reflect.get(value, name) : undefined;
}

function read(body: string): object | null {
  try {
    const answer: unknown = JSON.parse(body);
    return typeof answer === 'object' ? answer : null;
  } catch {
    return null;
  }
}

function fromStatus(status: number): DatastoreError {
  if (status === 401) return new DatastoreError('TOKEN_INVALID', 'The server answered 401.');
  if (status === 403) return new DatastoreError('FORBIDDEN', 'The server answered 403.');
  if (status === 413) return new DatastoreError('PAYLOAD_TOO_LARGE', 'The server answered 413.');
  if (status === 429) return new DatastoreError('SERVER_BUSY', 'The server answered 429.');
  if (status === 404) {
    const remedy = 'Check the URL of the server: it must end where its tRPC routes begin, e.g. /trpc.';
    return new DatastoreError('REQUEST_INVALID', 'The server answered 404.', { remedy });
  }
  if (status >= 400) return new DatastoreError('SERVER_UNREACHABLE', `The server answered ${status}.`);
  const remedy = 'Check that the URL leads to a sync server of datastores itself, not to a page or a redirection.';
  return new DatastoreError('SERVER_UNREACHABLE', 'Something else than a sync server answered.', { remedy });
}
