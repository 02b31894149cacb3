import type { Step } from '../protocol/changes.ts';
import type { Checkpoint, Position } from '../protocol/checkpoint.ts';

/** Where one datastore is. */
export interface From {
  readonly checkpoint: Checkpoint;
  /** Positions that the server has acknowledged and the checkpoint has not reached. */
  readonly acknowledged: Checkpoint;
}

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
 * passed is old news; that the newest place is one, the server has to explain. Where something acknowledged is still to
 * come, steps have to lead to it: those of a store that has lost it begin in the same place. Anything else has to be
 * pulled. Pure.
 */
export function follow(from: From, steps: readonly Step[], datastore: string): Followed {
  const checkpoint: Record<string, Position> = { ...from.checkpoint };
  const awaited = new Map(Object.entries(from.acknowledged));
  const texts: string[] = [];
  for (const [index, { scope, after, to, changes }] of steps.entries()) {
    const at = Object.hasOwn(checkpoint, scope) ? checkpoint[scope] : undefined;
    if (at === undefined) return { texts, checkpoint, pull: true };
    if (after !== null && (isSame(at, to) || isPassed(at, to))) continue;
    const goal = awaited.get(scope);
    if (goal !== undefined && !leadsTo(goal, at, stepsOf(scope, steps, index)))
      return { texts, checkpoint, pull: true };
    awaited.delete(scope);
    if (isSame(at, to)) continue;
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

function stepsOf(scope: string, steps: readonly Step[], from: number): readonly Step[] {
  return steps.slice(from).filter((step) => step.scope === scope);
}

/** True if these steps go on from a place without a gap and pass the commit that is awaited. */
function leadsTo(goal: Position, from: Position, steps: readonly Step[]): boolean {
  let at = from;
  for (const { after, to } of steps) {
    if (isSame(at, to) || (after !== null && isPassed(at, to))) continue;
    if (after === null || !isSame(at, after)) return false;
    at = to;
    if (at.epoch === goal.epoch && at.tag === goal.tag && at.seq >= goal.seq) return true;
  }
  return false;
}

function isSame(a: Position, b: Position): boolean {
  return a.seq === b.seq && a.epoch === b.epoch && a.tag === b.tag;
}

/** A pull or the answer to a push was faster. Of another history nothing is known: that is for the server to say. */
function isPassed(at: Position, to: Position): boolean {
  return at.epoch === to.epoch && to.seq < at.seq;
}
