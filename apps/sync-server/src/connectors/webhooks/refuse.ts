import { DatastoreError } from '@datastores/core';
import type { Context } from '../connector.ts';

/** What a caller is told whose signature is not right: always the same, so that nobody learns by trying. */
export function refused(context: Pick<Context, 'log'>, reason: string): DatastoreError {
  context.log('webhook-refused', { reason });
  return new DatastoreError('SIGNATURE_INVALID', 'The webhook is not signed as expected.');
}
