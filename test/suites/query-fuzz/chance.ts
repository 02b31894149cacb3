import { seeded } from '../../convergence/seeded.ts';

/** Choices by chance, the same for the same seed. */
export interface Chance {
  /** True in so many of a hundred cases. */
  percent(share: number): boolean;
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  one<T>(of: readonly T[]): T;
  /** Up to `most` different ones, in any order. */
  some<T>(of: readonly T[], most: number): T[];
  /** One of several ways to go on, each as likely as its weight says. */
  way<T>(ways: readonly (readonly [weight: number, go: () => T])[]): T;
}

/** Begins a row of choices. */
export function createChance(seed: number): Chance {
  const random = seeded(seed);
  const below = (end: number) => Math.floor(random() * end);
  const one = <T>(of: readonly T[]): T => of[below(of.length)] as T;
  return {
    percent: (share) => random() * 100 < share,
    below,
    one,
    some(of, most) {
      const left = [...of];
      return Array.from({ length: Math.min(below(most + 1), left.length) }, () => {
        const [taken] = left.splice(below(left.length), 1);
        return taken as (typeof of)[number];
      });
    },
    way(ways) {
      let at = random() * ways.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, go] of ways) {
        at -= weight;
        if (at < 0) return go();
      }
      return (ways.at(-1) as (typeof ways)[number])[1]();
    },
  };
}
