import type * as z from 'zod/mini';
import { DatastoreError } from '../errors.ts';
import { shortText } from '../schema/issue-list.ts';
import { crowdedField } from './crowded.ts';
import { OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION } from './version.ts';
import { IN_WORDS } from './wording.ts';

/** Most faults of a request that an error names. */
const MAX_FAULTS = 5;

/**
 * A function that reads unknown input as a request of this schema. Throws UPGRADE_REQUIRED for another version of the
 * protocol, before anything else is looked at: a request of a newer version may have any other form. Throws
 * CHECKPOINT_INVALID or REQUEST_INVALID naming the path of each fault.
 */
export function readRequest<T>(
  schema: z.core.$ZodType<T> & { safeParse(input: unknown, words: typeof IN_WORDS): SafeParsed<T> },
) {
  return (input: unknown): T => {
    assertProtocol(input);
    assertUncrowded(input);
    const parsed = schema.safeParse(input, IN_WORDS);
    if (parsed.success) return parsed.data;
    throw invalid(parsed.error.issues);
  };
}

type SafeParsed<T> =
  | { readonly success: true; readonly data: T }
  | { readonly success: false; readonly error: { readonly issues: readonly z.core.$ZodIssue[] } };

function assertProtocol(input: unknown): void {
  const version: unknown = input !== null && typeof input === 'object' ? Reflect.get(input, 'protocol') : undefined;
  if (!Number.isSafeInteger(version) || (version as number) < 1) return;
  if ((version as number) >= OLDEST_PROTOCOL_VERSION && (version as number) <= PROTOCOL_VERSION) return;
  const served =
    OLDEST_PROTOCOL_VERSION === PROTOCOL_VERSION
      ? `${PROTOCOL_VERSION}`
      : `${OLDEST_PROTOCOL_VERSION} to ${PROTOCOL_VERSION}`;
  throw new DatastoreError('UPGRADE_REQUIRED', `The replica speaks protocol ${version}, this server ${served}.`, {
    remedy: `Update the ${(version as number) > PROTOCOL_VERSION ? 'server' : 'replica'}; unpushed changes are kept.`,
  });
}

/** The fields that say where in the feed a replica stands: it is to start over, not to mend a request. */
const PLACES: ReadonlySet<unknown> = new Set(['checkpoint', 'acknowledged']);

function assertUncrowded(input: unknown): void {
  const field = crowdedField(input);
  if (field === null) return;
  const code = PLACES.has(field) ? 'CHECKPOINT_INVALID' : 'REQUEST_INVALID';
  throw new DatastoreError(code, `${shortText(field)}: holds more values than any request has.`);
}

function invalid(issues: readonly z.core.$ZodIssue[]): DatastoreError {
  const faults = issues.slice(0, MAX_FAULTS).map(({ path, message }) => ({
    path: shortText(path.join('.')),
    message: shortText(message),
  }));
  const code = issues.some(({ path }) => PLACES.has(path[0])) ? 'CHECKPOINT_INVALID' : 'REQUEST_INVALID';
  const list = faults.map(({ path, message }) => `${path || 'the request'}: ${message}`);
  return new DatastoreError(code, `${list.join('; ')}.`, { details: faults });
}
