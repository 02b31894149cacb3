import type { Bench } from './workload.ts';

/** The two sides of a comparison, one round of each. */
export interface Sides<C, O> {
  readonly control: (round: number) => Promise<C>;
  readonly ours: (round: number) => Promise<O>;
}

/** What was measured, one entry for each round. */
export interface Rounds<C, O> {
  readonly control: readonly C[];
  readonly ours: readonly O[];
}

/** Measures control, ours, control, ours …, so that a machine that gets slower meanwhile slows both. */
export async function alternate<C, O>(
  { rounds, note }: Pick<Bench, 'rounds' | 'note'>,
  sides: Sides<C, O>,
): Promise<Rounds<C, O>> {
  const control: C[] = [];
  const ours: O[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    note(`round ${round} of ${rounds}: control`);
    control.push(await sides.control(round));
    note(`round ${round} of ${rounds}: ours`);
    ours.push(await sides.ours(round));
  }
  return { control, ours };
}
