import type { Counted, DocumentWrite } from '../document.ts';
import type { WritePlan } from '../write.ts';
import { createKeyMap, type KeyMap } from './key-map.ts';

/** The credits of a plan: those that are kept with the document they come with, and the others. */
export interface Credits {
  readonly own: KeyMap<Counted>;
  readonly others: readonly Counted[];
}

/**
 * Tells apart the credits that say nothing but what their document says with the number of the row beside it: its author
 * made it from its base, and nothing was counted. That is nearly every pushed row, and a row of a table less for each.
 */
export function creditsOf(plan: WritePlan<unknown>): Credits {
  const own = createKeyMap<Counted>();
  const others: Counted[] = [];
  if (plan.counted === undefined || plan.counted.length === 0) return { own, others };
  const writes = createKeyMap<DocumentWrite>();
  for (const write of plan.documents ?? []) writes.set(write, write);
  for (const counted of plan.counted) {
    if (isOwn(counted, writes.get(counted))) own.set(counted, counted);
    else others.push(counted);
  }
  return { own, others };
}

function isOwn(counted: Counted, write: DocumentWrite | undefined): boolean {
  if (write === undefined || counted.refused || write.author !== counted.replica) return false;
  return write.base === counted.base && Object.keys(counted.amounts).length === 0;
}
