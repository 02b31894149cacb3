import type { JsonValue } from '@datastores/core/schema';
import { type Context, SystemError } from '../connector.ts';
import { type Answer, clockOf, DATABASE_LOST, failed, TRANSIENT, troubleOf, unknown } from '../model-rpc/answer.ts';
import type { Refusal } from '../model-rpc/orm.ts';
import type { Session } from './session.ts';

/** What came of one call; a warning has a name, under which it can be confirmed. */
export interface TrytonAnswer {
  readonly answer: Answer;
  readonly warning?: string;
}

/** Calls a method, e.g. `model.party.party.search_read`. The last parameter is the context. */
export async function call(
  session: Session,
  { method, params }: { readonly method: string; readonly params: readonly JsonValue[] },
  context: Context,
): Promise<TrytonAnswer> {
  let reply: Awaited<ReturnType<Session['post']>>;
  try {
    reply = await session.post(method, params, context);
  } catch (error) {
    if (error instanceof SystemError) return { answer: { is: 'failed', error } };
    throw error;
  }
  const trouble = troubleOf(reply, context);
  if (trouble || reply.is !== 'answer') return { answer: trouble ?? unknown('No answer.', 'down') };
  const { status, body, headers } = reply;
  if (status === 401) return { answer: failed('auth', 'Tryton refuses the session that it has just given (401).') };
  if (status === 403) return { answer: failed('auth', `This user may not call ${method} (403).`) };
  if (status >= 500) return { answer: unknown(`Status ${status}.`, 'down') };
  if (status >= 400) return { answer: failed('shape', `Status ${status} for ${method}; correct url and database.`) };
  if (typeof body !== 'object' || body === null || Array.isArray(body) || !('result' in body || 'error' in body)) {
    return { answer: unknown(`Status ${status} without a result; is ${method} Tryton's?`, 'shape') };
  }
  if (!('error' in body)) return { answer: { is: 'result', result: body.result ?? null, clock: clockOf(headers) } };
  return errorOf(body.error ?? null);
}

/** `[class, arguments]` for what Tryton means, `[text, trace]` for what it did not expect. */
function errorOf(error: JsonValue): TrytonAnswer {
  const [name, given] = Array.isArray(error) ? (error as readonly JsonValue[]) : [error];
  const parts = Array.isArray(given) ? (given as readonly JsonValue[]) : [given ?? ''];
  const texts = parts.map((part) => (typeof part === 'string' ? part.trim() : ''));
  const refused = (refusal: Refusal): Answer => ({ is: 'refused', refusal, read: 'shape' });
  const rejected = (reason: string): Answer => refused({ is: 'rejected', reason });
  const [first = '', second = '', third = ''] = texts;
  if (name === 'UserError') return { answer: rejected(joined(first, second)) };
  if (name === 'UserWarning') return { answer: rejected(joined(second, third)), warning: first };
  if (name === 'ConcurrencyException') return { answer: refused({ is: 'conflict' }) };
  if (name === 'LoginException') return { answer: failed('auth', `Tryton asks for more to log in: ${second}`) };
  const text = String(name).trim() || 'Tryton failed without a word.';
  // It has tried several times by itself before it says so.
  if (TRANSIENT.test(text)) return { answer: { ...unknown(text, 'down'), refusal: { is: 'retry', reason: text } } };
  if (DATABASE_LOST.test(text)) return { answer: unknown(text, 'down') };
  // Its transaction was rolled back: Tryton commits as the last thing of all.
  return { answer: rejected(`Tryton failed: ${text}`) };
}

function joined(message: string, description: string): string {
  return description === '' ? message : `${message} ${description}`;
}
