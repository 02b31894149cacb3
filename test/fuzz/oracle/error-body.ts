import { ERROR_CODES } from '@datastores/core';
import { transformer, wireErrorSchema } from '@datastores/core/protocol';
import { leakIn } from './leaks.ts';

/** Longest message of an error, in characters: what is longer repeats the request, and nobody reads it. */
const LONGEST_MESSAGE = 4_000;

/** What is wrong with the body of a refusal: it must name code, cause and remedy, and nothing of the inside. Null if nothing is. */
export function errorBodyProblem(body: string, sent: string): string | null {
  const error = wireErrorIn(body);
  if (error === null) return `is not in the form of an error: ${body.slice(0, 200)}`;
  const { code, message, remedy, details } = error;
  if (!Object.hasOwn(ERROR_CODES, code)) return `has the unknown code ${code}`;
  if (message.trim() === '') return `has no message for ${code}`;
  if (remedy.trim() === '') return `has no remedy for ${code}`;
  const length = message.length + JSON.stringify(details ?? null).length;
  if (length > LONGEST_MESSAGE) return `has a message of ${length} characters for ${code}`;
  return leakIn(body, sent);
}

/** The error in a body, under the routes of the protocol or beside them. */
function wireErrorIn(body: string) {
  try {
    const { error } = JSON.parse(body) as { error: unknown };
    const isProtocol = error !== null && typeof error === 'object' && 'json' in error;
    const shape = isProtocol ? (transformer.deserialize(error as never) as { data: { error: unknown } }) : null;
    return wireErrorSchema.safeParse(shape === null ? error : shape.data.error).data ?? null;
  } catch {
    return null;
  }
}
