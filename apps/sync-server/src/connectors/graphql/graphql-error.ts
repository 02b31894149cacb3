import type { JsonValue } from '@datastores/core/schema';
import { valueAt } from '../rest/dot-path.ts';
import type { Meaning } from './options.ts';

/** One entry of `errors`. */
export interface GraphqlError {
  readonly message: string;
  /** Where in the answer; absent: about the request as a whole. */
  readonly path?: readonly (string | number)[];
  /** It names a place in the document, as errors do that were found before anything was done. */
  readonly located: boolean;
  readonly code: string | undefined;
  /** The field of what was sent that it is about, as a text or as steps. */
  readonly field: JsonValue | undefined;
}

/** What the services of one connector say by codes that are not usual. */
export type Codes = Readonly<Record<string, Meaning>>;

/** The errors of an answer; those that are none are taken for errors without message. */
export function errorsIn(body: JsonValue): GraphqlError[] {
  const given = valueAt(body, 'errors');
  return (Array.isArray(given) ? given : []).map((error: JsonValue) => {
    const message = valueAt(error, 'message');
    const path = valueAt(error, 'path');
    const code = CODE_AT.map((at) => valueAt(error, at)).find((value) => typeof value === 'string');
    return {
      message: typeof message === 'string' && message !== '' ? message : 'an error without message',
      ...(Array.isArray(path) && path.length > 0 && { path: path as (string | number)[] }),
      located: Array.isArray(valueAt(error, 'locations')),
      code: code as string | undefined,
      field: FIELD_AT.map((at) => valueAt(error, at)).find((value) => value !== undefined && value !== null),
    };
  });
}

/** What a code means; undefined: it says nothing. */
export function meaningOf(code: string | undefined, codes: Codes): Meaning | undefined {
  if (code === undefined) return undefined;
  return Object.hasOwn(codes, code) ? codes[code] : USUAL[code];
}

/** Where services put the code. */
const CODE_AT = ['extensions.code', 'extensions.exception.code', 'extensions.classification', 'extensions.errorType'];

/** Where services put the field. */
const FIELD_AT = ['extensions.field', 'extensions.argumentName', 'extensions.argumentPath'];

const USUAL: Readonly<Record<string, Meaning>> = {
  THROTTLED: 'throttled',
  RATE_LIMITED: 'throttled',
  RATE_LIMIT_EXCEEDED: 'throttled',
  TOO_MANY_REQUESTS: 'throttled',
  MAX_COST_EXCEEDED: 'too-costly',
  QUERY_TOO_COMPLEX: 'too-costly',
  UNAUTHENTICATED: 'auth',
  UNAUTHORIZED: 'auth',
  FORBIDDEN: 'auth',
  ACCESS_DENIED: 'auth',
  NOT_FOUND: 'missing',
  CONFLICT: 'conflict',
  BAD_USER_INPUT: 'rejected',
  GRAPHQL_PARSE_FAILED: 'shape',
  GRAPHQL_VALIDATION_FAILED: 'shape',
  OPERATION_RESOLUTION_FAILURE: 'shape',
  PERSISTED_QUERY_NOT_FOUND: 'shape',
  PERSISTED_QUERY_NOT_SUPPORTED: 'shape',
};
