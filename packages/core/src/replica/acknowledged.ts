import type { Checkpoint } from '../protocol/checkpoint.ts';
import type { PullState } from './journal-entry.ts';

/**
 * The state with positions that an answer to a push has told of; what its checkpoint has reached is left out. Of two
 * positions of one history the later one holds, since the server has seen the earlier one in its feed before it gave the
 * later one out. The same state if nothing changes. Pure.
 */
export function withAcknowledged(state: PullState, told: Checkpoint): PullState {
  const acknowledged: Record<string, Checkpoint[string]> = { ...state.acknowledged };
  for (const [scope, position] of Object.entries(told)) {
    const known = Object.hasOwn(acknowledged, scope) ? acknowledged[scope] : undefined;
    const isOlder = known?.epoch === position.epoch && position.seq <= known.seq;
    if (!isOlder) acknowledged[scope] = position;
  }
  const left = notReached(acknowledged, state.checkpoint);
  return JSON.stringify(left) === JSON.stringify(state.acknowledged) ? state : { ...state, acknowledged: left };
}

/** The positions that a checkpoint of the same server has not reached. Pure. */
export function notReached(acknowledged: Checkpoint, checkpoint: Checkpoint | null): Checkpoint {
  return Object.fromEntries(
    Object.entries(acknowledged).filter(([scope, { epoch, seq }]) => {
      const at = checkpoint !== null && Object.hasOwn(checkpoint, scope) ? checkpoint[scope] : undefined;
      return at?.epoch !== epoch || at.seq < seq;
    }),
  );
}
