import type { JsonObject, JsonValue } from '@datastores/core/schema';
import { type Context, SystemError } from '../connector.ts';
import type { Reply } from '../rest/http-client.ts';
import { readError, verdictOf } from '../rest/verdict.ts';
import { type Cost, costIn } from './cost.ts';
import { type Codes, errorsIn, type GraphqlError, meaningOf } from './graphql-error.ts';

/** What came of a request. */
export type Answer =
  /** It was worked on. Where there are errors, data is not complete. */
  | { readonly is: 'data'; readonly data: JsonObject; readonly errors: readonly GraphqlError[]; readonly date?: number }
  /** It was refused as a whole, before anything of it was done. */
  | { readonly is: 'refused'; readonly errors: readonly GraphqlError[] }
  /** No answer of GraphQL. `executed`: it may have been worked on. */
  | { readonly is: 'failed'; readonly error: SystemError; readonly executed: boolean };

/** An answer with what it cost. */
export interface CostedAnswer {
  readonly answer: Answer;
  readonly cost: Cost;
}

/** Reads a reply: GraphQL says with status 200, too, that something failed. */
export function answerOf(reply: Reply, codes: Codes, context: Context): CostedAnswer {
  if (reply.is !== 'answer') {
    const executed = reply.is === 'broken' ? reply.sent : reply.is === 'unreadable';
    return { answer: { is: 'failed', error: readError(NO_STATUSES, reply, context), executed }, cost: costIn(null) };
  }
  const { body = null, status } = reply;
  const errors = errorsIn(body);
  const data = isObject(body) ? body.data : undefined;
  const cost = costIn(body);
  if (isObject(data)) {
    const date = Date.parse(reply.headers.get('date') ?? '');
    return { answer: { is: 'data', data, errors, ...(!Number.isNaN(date) && { date }) }, cost };
  }
  const verdict = verdictOf(NO_STATUSES, status);
  const byStatus = verdict === 'auth' || status === 429 || (status === 503 && reply.headers.has('retry-after'));
  if (byStatus || errors.length === 0) {
    // A gateway that gives no time to wait may have passed the request on.
    return {
      answer: { is: 'failed', error: failure(reply, context), executed: !byStatus && (status >= 500 || status < 400) },
      cost,
    };
  }
  const refused = errors.every((error) => isRefusal(error, { codes, hasData: data !== undefined, status }));
  return { answer: refused ? { is: 'refused', errors } : { is: 'data', data: {}, errors }, cost };
}

interface Circumstances {
  readonly codes: Codes;
  readonly hasData: boolean;
  readonly status: number;
}

/**
 * True if an error was found before anything was done: its code says so, or it is about a place in the document and there
 * is no `data` at all, as the specification demands of such errors.
 */
function isRefusal({ code, path, located }: GraphqlError, { codes, hasData, status }: Circumstances): boolean {
  if (path !== undefined) return false;
  const meaning = meaningOf(code, codes);
  if (meaning !== undefined) return meaning !== 'unknown' && meaning !== 'down';
  return located && !hasData && status < 500;
}

function failure(reply: Extract<Reply, { is: 'answer' }>, context: Context): SystemError {
  if (reply.status >= 200 && reply.status < 300) {
    return new SystemError('shape', 'The answer is not one of GraphQL: it has neither data nor errors.');
  }
  return readError(NO_STATUSES, reply, context);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const NO_STATUSES = { statuses: {} };
