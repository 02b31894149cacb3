import { parseVersion } from '@datastores/core/protocol';
import type { PushedChange } from './change.ts';
import type { Credit } from './counters.ts';

/** How a pushed row stands to the newest one of its replica that was decided on the same document. */
export type Age = 'newer' | 'same' | 'older';

/**
 * Tells a row that something on the way held back from the replica's next one. A replica moves a document from base to
 * base only forwards, and from one base its rows are numbered, so the base is compared first.
 */
export function ageOf(change: Pick<PushedChange, 'base' | 'edit'>, last: Credit | null): Age {
  if (last === null) return 'newer';
  const order = compareBases(change.base, last.base) || change.edit - last.edit;
  return order > 0 ? 'newer' : order < 0 ? 'older' : 'same';
}

/** Positive if `a` is the later base; 0 also where two histories cannot be compared, so that the number of the row decides. */
function compareBases(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  const [left, right] = [parseVersion(a), parseVersion(b)];
  return left === null || right === null || left.epoch !== right.epoch ? 0 : left.seq - right.seq;
}
