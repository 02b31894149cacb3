import type { Worker } from './worker.ts';
import type { Action } from './world/action.ts';
import { planOf } from './world/plan.ts';

/** Most simulations that shrinking takes. */
const MOST_RUNS = 120;

/** What is to be shrunk. */
export interface Failing {
  readonly seed: number;
  /** The kind of the violation that is to stay. */
  readonly kind: string;
}

/**
 * Takes as many actions out of the plan of a failing seed as can go without the failure: halves first, then smaller and
 * smaller parts. Returns the indexes of those that are left.
 */
export async function shrink(worker: Worker, { seed, kind }: Failing): Promise<readonly number[]> {
  const plan = planOf(seed);
  let keep: readonly number[] = plan.map((_, index) => index);
  let runs = 0;
  for (let size = Math.ceil(keep.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < keep.length && runs < MOST_RUNS; ) {
      const rest = keep.filter((_, index) => index < start || index >= start + size);
      runs += 1;
      const { violations } = await worker.run({
        seed,
        actions: rest.map((index) => plan[index] as Action),
        trace: false,
      });
      if (violations.some((violation) => violation.kind === kind)) keep = rest;
      else start += size;
    }
  }
  return keep;
}
