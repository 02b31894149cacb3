import { DatastoreError, isDatastoreError } from '../errors.ts';
import type { Journal } from '../replica/journal.ts';
import { journalKey, type PullState } from '../replica/journal-entry.ts';
import { sameJson } from '../schema/canonical.ts';
import type { JsonValue } from '../schema/document.ts';

/**
 * Stores how far a datastore was pulled, in place of the state that the pull went on from. Where several tabs share the
 * journal, throws what {@link isSuperseded} knows if another state is stored by now: a tab that was frozen in the middle
 * of a page, and wakes up beside the one that took over from it, would set that back.
 */
export async function savePullState(journal: Journal, from: PullState, next: PullState): Promise<PullState> {
  if (!journal.shared) {
    await journal.put([next]);
    return next;
  }
  await journal.update<PullState>([journalKey(next)], (current) => {
    if (current !== null && !isThat(current, from)) throw superseded();
    return next;
  });
  return next;
}

/** True for an error that says that somebody else has replicated in between: what is stored is to be read again. */
export function isSuperseded(error: unknown): boolean {
  return isDatastoreError(error) && error.code === 'REPLICA_CLOSED' && error.retryable;
}

function superseded(): DatastoreError {
  const message = 'Another tab has replicated this datastore in between.';
  return new DatastoreError('REPLICA_CLOSED', message, { retryable: true });
}

/** A state that was read has fields that an older version of the application did not store. */
function isThat(stored: PullState, read: PullState): boolean {
  const value = (state: PullState, field: string) => Reflect.get(state, field) as JsonValue | undefined;
  return Object.keys(stored).every((field) => sameJson(value(stored, field), value(read, field)));
}
