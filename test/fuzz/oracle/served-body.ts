import { ERROR_CODES } from '@datastores/core';
import { infoSchema, parsePulledRows, pullResponseSchema, pushResponseSchema } from '@datastores/core/protocol';
import type { Expected } from '../requests/request.ts';
import { leakIn } from './leaks.ts';

/** Longest message of the outcome of one row, in characters. */
const LONGEST_MESSAGE = 4_000;

/** What is wrong with the body of an answer that serves the request; null if nothing is. */
export function servedBodyProblem(body: string, sent: string, { route, token }: Expected): string | null {
  if (route === 'changes') return /^event: connected\n/.test(body) ? leakIn(body, sent) : 'is no stream of events';
  if (route === 'none') return null;
  const data = parsed(body);
  if (data === undefined) return `is no JSON: ${body.slice(0, 100)}`;
  if (route === 'operator') return leakIn(body, sent);
  if (route === 'hook') return body === '{"accepted":true}' ? null : 'is no acceptance';
  const result = (data as { result?: { data?: { json?: unknown } } }).result?.data?.json;
  switch (route) {
    case 'info':
      return infoSchema.safeParse(result).success ? null : 'is no info';
    case 'pull':
      return pullProblem(result, token.scopes);
    case 'push':
      return pushProblem(result, sent);
  }
}

function pullProblem(result: unknown, scopes: readonly string[]): string | null {
  const answer = pullResponseSchema.safeParse(result).data;
  if (answer === undefined) return 'is no page';
  if (answer.kind === 'reset') return null;
  const foreign = parsePulledRows(answer.documents).find(({ s }) => !scopes.includes(s));
  return foreign === undefined ? null : `holds a document of the scope ${foreign.s}`;
}

function pushProblem(result: unknown, sent: string): string | null {
  const answer = pushResponseSchema.safeParse(result).data;
  if (answer === undefined) return 'is no list of outcomes';
  if (answer.kind === 'reset') return null;
  for (const outcome of answer.outcomes) {
    if (!('message' in outcome)) continue;
    const { code, message } = outcome;
    if (!Object.hasOwn(ERROR_CODES, code)) return `has an outcome with the unknown code ${code}`;
    if (code === 'SERVER_FAILED') return `has an outcome SERVER_FAILED: ${message.slice(0, 200)}`;
    if (message.length > LONGEST_MESSAGE)
      return `has an outcome ${code} with a message of ${message.length} characters`;
    const leak = leakIn(message, sent);
    if (leak !== null) return leak;
  }
  return null;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
