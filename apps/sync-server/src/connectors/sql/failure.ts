import { SystemError } from '../connector.ts';

/**
 * What an error of a database means. `refused`: its rules say no to this record. `busy`: locked or lost a race, the same
 * may succeed. `bad-value`: a value that its column cannot hold. `system`: nothing goes until it is mended.
 */
export type Failure =
  | { readonly is: 'refused'; readonly error: Error }
  | { readonly is: 'bad-value'; readonly error: Error }
  | { readonly is: 'busy'; readonly reason: string }
  | { readonly is: 'system'; readonly error: SystemError };

/** Tells what an error means. Rethrows programming errors. */
export type Classify = (error: unknown) => Failure;

/** The SystemError to throw where no record is to blame, as in every read. `database` is its name for the message. */
export function toSystemError(classify: Classify, database: string, error: unknown): SystemError {
  const failure = classify(error);
  if (failure.is === 'system') return failure.error;
  if (failure.is === 'busy') return new SystemError('down', failure.reason, { cause: error });
  return new SystemError('shape', `${database} refused to read: ${failure.error.message}.`, { cause: error });
}
