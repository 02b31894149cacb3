import type { Step } from '../protocol/changes.ts';
import type { Checkpoint, Position } from '../protocol/checkpoint.ts';

/** What pokes mean for one datastore. */
export interface Followed {
  /** The rows to apply, in order, each the text of a page; `checkpoint` holds once all of them are applied. */
  readonly texts: readonly string[];
  readonly checkpoint: Checkpoint;
  /** True if there is more than that, which has to be pulled. */
  readonly pull: boolean;
}

/**
 * Follows the steps of pokes from a checkpoint, as long as each begins exactly where the one before it ended: epoch,
 * number and tag, so that nothing can lie in between and the store is the same. A step that leads to a place already
 * passed is old news; that the newest place is one, the server has to explain. Anything else has to be pulled. Pure.
 */
export function follow(from: Checkpoint, steps: readonly Step[], datastore: string): Followed {
  const checkpoint: Record<string, Position> = { ...from };
  const texts: string[] = [];
  for (const { scope, after, to, changes } of steps) {
    const at = Object.hasOwn(checkpoint, scope) ? checkpoint[scope] : undefined;
    if (at === undefined) return { texts, checkpoint, pull: true };
    if (isSame(at, to) || (after !== null && isPassed(at, to))) continue;
    const text = Object.hasOwn(changes, datastore) ? changes[datastore] : '';
    if (after === null || !isSame(at, after) || text === null || text === undefined) {
      return { texts, checkpoint, pull: true };
    }
    if (text !== '') texts.push(text);
    checkpoint[scope] = to;
  }
  return { texts, checkpoint, pull: false };
}

/** True if these steps, which name every scope of the caller, leave one out that the checkpoint still has: it was lost. */
export function lacksScope(checkpoint: Checkpoint, steps: readonly Step[]): boolean {
  const named = new Set(steps.map(({ scope }) => scope));
  return Object.keys(checkpoint).some((scope) => !named.has(scope));
}

function isSame(a: Position, b: Position): boolean {
  return a.seq === b.seq && a.epoch === b.epoch && a.tag === b.tag;
}

/** A pull or the answer to a push was faster. Of another history nothing is known: that is for the server to say. */
function isPassed(at: Position, to: Position): boolean {
  return at.epoch === to.epoch && to.seq < at.seq;
}
