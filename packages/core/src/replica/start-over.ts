import type { Checkpoint } from '../protocol/checkpoint.ts';
import type { PullState } from './journal-entry.ts';

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
