import type { Checkpoint } from '../protocol/checkpoint.ts';
import type { Journal } from '../replica/journal.ts';
import { journalKey, type PullState } from '../replica/journal-entry.ts';
import type { Datastore } from '../schema/datastore.ts';

/** Reads how far a datastore was pulled; a new replica, or one of an older schema version, starts from nothing. */
export async function readPullState(journal: Journal, datastore: Datastore): Promise<PullState> {
  const fresh: PullState = {
    kind: 'state',
    datastore: datastore.name,
    id: 'pull',
    checkpoint: null,
    generations: {},
    resetting: [],
    schemaVersion: datastore.version,
    complete: false,
  };
  const key = journalKey(fresh);
  const stored = (await journal.read<PullState>([key])).get(key);
  return stored === undefined ? fresh : { ...stored, schemaVersion: datastore.version };
}

/**
 * Starts scopes over: their position is forgotten and a new generation begins. The documents stay readable; what the new
 * pull does not bring is removed when it has reached the end. Unpushed edits are not touched.
 */
export function startOver(state: PullState, scopes: readonly string[]): PullState {
  const checkpoint: Record<string, Checkpoint[string]> = { ...state.checkpoint };
  const generations = { ...state.generations };
  for (const scope of scopes) {
    delete checkpoint[scope];
    generations[scope] = (generations[scope] ?? 0) + 1;
  }
  return {
    ...state,
    checkpoint,
    generations,
    resetting: [...new Set([...state.resetting, ...scopes])],
    complete: false,
  };
}
