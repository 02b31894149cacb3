import { isDatastoreError } from '@datastores/core';

/** Exit codes of the command line. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unhealthy: 3, notAuthorised: 4, interrupted: 130 } as const;

/** The exit code that an error ends a command with. */
export function exitCodeOf(error: unknown): number {
  if (!isDatastoreError(error)) return EXIT.failed;
  if (error.code === 'TOKEN_INVALID' || error.code === 'TOKEN_EXPIRED' || error.code === 'FORBIDDEN') {
    return EXIT.notAuthorised;
  }
  return EXIT.failed;
}
