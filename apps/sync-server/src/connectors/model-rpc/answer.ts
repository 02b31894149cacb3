import type { JsonValue } from '@datastores/core/schema';
import { type Context, SystemError } from '../connector.ts';
import type { Reply } from '../rest/http-client.ts';
import { retryAfterMs } from '../rest/retry-after.ts';
import type { Made, Refusal } from './orm.ts';

/** What came of one call. */
export type Answer =
  | { readonly is: 'result'; readonly result: JsonValue; readonly clock: number | null }
  /** Of a write. A read that is refused so throws `read`. */
  | { readonly is: 'refused'; readonly refusal: Refusal; readonly read: SystemError['kind'] }
  | { readonly is: 'failed'; readonly error: SystemError };

/** The result of a read. Throws SystemError for everything else. */
export function resultOf(answer: Answer, what: string): JsonValue {
  if (answer.is === 'result') return answer.result;
  if (answer.is === 'failed') throw answer.error;
  const reason = 'reason' in answer.refusal ? answer.refusal.reason : answer.refusal.is;
  throw new SystemError(answer.read, `${what}: ${reason}`);
}

/** A call that writes, as what it made. `idsOf` takes the keys from the result. */
export function madeOf(answer: Answer, idsOf: (result: JsonValue) => readonly number[] = () => []): Made {
  if (answer.is !== 'result') return answer;
  return { is: 'made', ids: idsOf(answer.result) };
}

/**
 * What a reply says without being an answer of the system: a broken connection, a gateway, an outage. Null: the system
 * itself answered, with this body.
 */
export function troubleOf(reply: Reply, context: Context): Exclude<Answer, { is: 'result' }> | null {
  if (reply.is === 'elsewhere') return failed('shape', `Redirected to ${reply.location}; correct the url.`);
  if (reply.is === 'broken' && !reply.sent) return failed('down', `Nothing was sent: ${reply.reason}`);
  if (reply.is !== 'answer') return unknown(reply.reason, reply.is === 'unreadable' && !reply.cut ? 'shape' : 'down');
  const { status } = reply;
  const afterMs = retryAfterMs(reply.headers.get('retry-after'), context.now());
  // A gateway answers 503 also for a request that it passed on; only with a time to wait is it a refusal.
  if (status === 429 || (status === 503 && afterMs !== undefined)) {
    const wait = afterMs === undefined ? {} : { afterMs };
    return { is: 'failed', error: new SystemError('throttled', `Status ${status}.`, wait) };
  }
  if (status === 413) {
    return { is: 'refused', refusal: { is: 'rejected', reason: 'The request is too large (413).' }, read: 'shape' };
  }
  if (reply.body === undefined && (status >= 500 || status === 408)) return unknown(`Status ${status}.`, 'down');
  return null;
}

/** The system failed, and nothing was made. */
export function failed(kind: SystemError['kind'], message: string): Extract<Answer, { is: 'failed' }> {
  return { is: 'failed', error: new SystemError(kind, message) };
}

/** It may have been made. */
export function unknown(reason: string, read: SystemError['kind']): Extract<Answer, { is: 'refused' }> {
  return { is: 'refused', refusal: { is: 'unknown', reason }, read };
}

/** The clock of the system in a reply, milliseconds since 1970. */
export function clockOf(headers: Headers): number | null {
  const date = Date.parse(headers.get('date') ?? '');
  return Number.isNaN(date) ? null : date;
}

/** What a database says when it gave up on a transaction, which may then be repeated. */
export const TRANSIENT =
  /could not serialize|serialization ?failure|deadlock detected|lock ?(?:timeout|not ?available)|could not obtain lock|database is locked/i;

/** What a database says when its connection broke, so that nobody knows whether it committed. */
export const DATABASE_LOST =
  /server closed the connection|terminating connection|connection (?:already|has been) closed|connection pool exhausted|could not (?:connect|receive)|admin ?shutdown|operationalerror|interfaceerror/i;
