import type { Journal } from '../replica/journal.ts';
import { journalKey, type PullState } from '../replica/journal-entry.ts';
import type { Datastore } from '../schema/datastore.ts';

/** Reads how far a datastore was pulled; a new replica starts from nothing. */
export async function readPullState(journal: Journal, datastore: Datastore): Promise<PullState> {
  const fresh = freshPullState(datastore);
  const key = journalKey(fresh);
  const stored = (await journal.read<PullState>([key])).get(key);
  return stored === undefined ? fresh : { ...fresh, ...stored };
}

/** The state of a datastore that nothing was pulled of. */
export function freshPullState(datastore: Datastore): PullState {
  return {
    kind: 'state',
    datastore: datastore.name,
    id: 'pull',
    checkpoint: null,
    acknowledged: {},
    generations: {},
    resetting: [],
    schemaVersion: datastore.version,
    complete: false,
  };
}
