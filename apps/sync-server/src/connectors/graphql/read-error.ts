import type { JsonObject } from '@datastores/core/schema';
import { SystemError } from '../connector.ts';
import type { Answer } from './answer.ts';
import { type Codes, type GraphqlError, meaningOf } from './graphql-error.ts';

/** The data of an answer that is complete. Throws SystemError for every other one: half an answer proves nothing. */
export function completeData(answer: Answer, codes: Codes): JsonObject {
  if (answer.is === 'data' && answer.errors.length === 0) return answer.data;
  throw readError(answer, codes);
}

/** The SystemError for an answer that a read cannot use. */
export function readError(answer: Answer, codes: Codes): SystemError {
  if (answer.is === 'failed') return answer.error;
  const ranked = answer.errors.map(
    (error) => [rankOf(error, { codes, refused: answer.is === 'refused' }), error] as const,
  );
  const [worst] = ranked.sort(([one], [other]) => KINDS.indexOf(one) - KINDS.indexOf(other));
  if (!worst) return new SystemError('shape', 'The answer holds no data.');
  const [kind, { message, path, code }] = worst;
  const place = path === undefined ? '' : ` at ${path.join('.')}`;
  return new SystemError(kind, `${message}${place}${code === undefined ? '' : ` (${code})`}.`);
}

/** True if a request was refused for being too large. */
export function isTooCostly(answer: Answer, codes: Codes): boolean {
  return answer.is === 'refused' && answer.errors.some(({ code }) => meaningOf(code, codes) === 'too-costly');
}

/** What is refused before anything was done is refused the next time, too; what failed on the way may be well then. */
function rankOf({ code }: GraphqlError, { codes, refused }: { codes: Codes; refused: boolean }): SystemError['kind'] {
  const meaning = meaningOf(code, codes);
  if (meaning === 'throttled' || meaning === 'auth' || meaning === 'down' || meaning === 'shape') return meaning;
  if (meaning === 'cursor-lost') return meaning;
  return refused || meaning === 'missing' || meaning === 'rejected' ? 'shape' : 'down';
}

/** The one that matters most first. */
const KINDS: readonly SystemError['kind'][] = ['auth', 'throttled', 'cursor-lost', 'shape', 'down'];
