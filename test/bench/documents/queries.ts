import { KINDS, SEED } from './kinds.ts';
import { createRandom } from './random.ts';

/** Rows that a range query asks for: what a screen shows. */
export const RANGE_ROWS = 50;

/** Asks for so many reads among so many products. The seed differs from round to round, since RxDB keeps results. */
export interface Reads {
  readonly docs: number;
  readonly count: number;
  readonly seed: number;
}

/** Random ids of products, the same for the same seed. */
export function randomIds({ docs, count, seed }: Reads): readonly string[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => KINDS.product.id(random.integer(0, docs - 1)));
}

/** Random names of products, to begin a range with; the same for the same seed. */
export function randomNames({ docs, count, seed }: Reads): readonly string[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => String(KINDS.product.make(SEED, random.integer(0, docs - 1))['name']));
}
