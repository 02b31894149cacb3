import type { Checkpoint } from '../protocol/checkpoint.ts';
import type { PullState } from './journal-entry.ts';

/**
 * Starts scopes over: their position is forgotten and a new generation begins. The documents stay readable; what the new
 * pull does not bring is removed when it has reached the end. Unpushed edits are not touched. What the server acknowledged
 * is forgotten as well: the new pull brings what there is of it.
 */
export function startOver(state: PullState, scopes: readonly string[]): PullState {
  const checkpoint: Record<string, Checkpoint[string]> = { ...state.checkpoint };
  const acknowledged: Record<string, Checkpoint[string]> = { ...state.acknowledged };
  const generations = { ...state.generations };
  for (const scope of scopes) {
    delete checkpoint[scope];
    delete acknowledged[scope];
    generations[scope] = (generations[scope] ?? 0) + 1;
  }
  const { progress: _, ...rest } = state;
  return {
    ...rest,
    checkpoint,
    acknowledged,
    generations,
    resetting: [...new Set([...state.resetting, ...scopes])],
    complete: false,
  };
}

/** Starts over every scope that the state knows of. */
export function startOverAll(state: PullState): PullState {
  return startOver(state, Object.keys({ ...state.checkpoint, ...state.acknowledged }));
}
