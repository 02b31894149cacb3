import type { JsonValue } from '@datastores/core/schema';
import { type Answer, DATABASE_LOST, failed, TRANSIENT, unknown } from '../model-rpc/answer.ts';
import type { Refusal } from '../model-rpc/orm.ts';

/**
 * What an exception of Odoo means, by its class (`odoo.exceptions.ValidationError`) and message. Its transaction was rolled
 * back, except where the connection to the database broke.
 */
export function errorOf(name: string, message: string): Answer {
  const kind = name.split('.').at(-1) ?? '';
  const text = message.trim() || name || 'Odoo failed without a word.';
  if (kind === 'AccessDenied' || kind === 'Unauthorized') return failed('auth', `Odoo refused the login: ${text}`);
  if (kind === 'SessionExpiredException') return failed('auth', text);
  if (kind === 'AccessError') return refused({ is: 'rejected', reason: text }, 'auth');
  if (kind === 'MissingError') return refused({ is: 'missing' });
  if (RULES.has(kind)) return refused({ is: 'rejected', reason: text });
  // It has tried several times by itself before it says so.
  if (CLASHES.has(kind) || TRANSIENT.test(`${kind} ${text}`)) return refused({ is: 'retry', reason: text }, 'down');
  if (DATABASE_LOST.test(`${kind} ${text}`)) return unknown(text, 'down');
  return refused({ is: 'rejected', reason: `Odoo failed: ${kind}: ${text}` });
}

/** A text, or what stands for one. */
export function textIn(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null || value === false ? '' : JSON.stringify(value);
}

function refused(refusal: Refusal, read: 'shape' | 'auth' | 'down' = 'shape'): Answer {
  return { is: 'refused', refusal, read };
}

const RULES = new Set(['UserError', 'ValidationError', 'RedirectWarning', 'Warning', 'except_orm']);
const CLASHES = new Set([
  'LockError',
  'ConcurrencyError',
  'SerializationFailure',
  'LockNotAvailable',
  'DeadlockDetected',
]);
