import { type Context, SystemError } from '../connector.ts';
import type { Reply } from './http-client.ts';
import type { Meaning, ParsedOptions } from './options.ts';
import { retryAfterMs } from './retry-after.ts';

/** What a status means. `unknown`: the service failed while it worked on the request. */
export type Verdict = 'ok' | Meaning;

/** What statuses mean at one service. */
export type Statuses = Pick<ParsedOptions, 'statuses'>;

/** The usual meaning of a status, or the one declared for it. */
export function verdictOf(options: Statuses, status: number): Verdict {
  const declared = options.statuses[String(status)];
  if (declared) return declared;
  if (status >= 200 && status < 300) return 'ok';
  return USUAL[status] ?? (status >= 500 || status === 408 ? 'unknown' : 'rejected');
}

/** The SystemError for a reply that a read cannot use. */
export function readError(options: Statuses, reply: Reply, context: Context): SystemError {
  if (reply.is === 'broken') return new SystemError('down', `No answer: ${reply.reason}`);
  if (reply.is === 'elsewhere') return elsewhere(reply.location);
  if (reply.is === 'unreadable') return new SystemError(reply.cut ? 'down' : 'shape', reply.reason);
  const verdict = verdictOf(options, reply.status);
  return (
    systemErrorOf(verdict, reply, context) ??
    new SystemError(verdict === 'unknown' ? 'down' : 'shape', `Status ${reply.status}.`)
  );
}

/** The SystemError that a status stands for, or null if it is about one record. */
export function systemErrorOf(
  verdict: Verdict,
  reply: Extract<Reply, { is: 'answer' }>,
  context: Context,
): SystemError | null {
  if (!isSystemKind(verdict)) return null;
  const afterMs = retryAfterMs(reply.headers.get('retry-after'), context.now());
  const message = `Status ${reply.status}. ${REMEDIES[verdict]}`;
  return new SystemError(verdict, message, afterMs === undefined ? {} : { afterMs });
}

/** Our credentials are not sent to a host that was not declared. */
export function elsewhere(location: string): SystemError {
  return new SystemError('shape', `Redirected to ${location}, which is not followed; correct baseUrl or the path.`);
}

function isSystemKind(verdict: Verdict): verdict is SystemError['kind'] {
  return verdict in REMEDIES;
}

const USUAL: Readonly<Record<number, Verdict>> = {
  401: 'auth',
  403: 'auth',
  404: 'missing',
  409: 'conflict',
  410: 'missing',
  412: 'conflict',
  428: 'conflict',
  429: 'throttled',
  503: 'throttled',
};

const REMEDIES: Readonly<Record<SystemError['kind'], string>> = {
  down: 'Tried again by itself.',
  throttled: 'Tried again by itself after the time the service asked for.',
  auth: 'Check the credentials and what they may do.',
  shape: 'Compare the declared stream with the service.',
  'cursor-lost': 'A full comparison follows by itself.',
};
