import type { SimulationResult } from './simulation.ts';
import type { Worker } from './worker.ts';
import { planOf } from './world/plan.ts';

/** Which seeds to simulate. */
export interface SeedsOptions {
  readonly from: number;
  readonly workers: readonly Worker[];
  /** Called after each; true: enough. */
  readonly done: (result: SimulationResult) => boolean;
}

/** Simulates one seed after the other, as many at a time as there are workers, until it is enough. */
export async function simulateSeeds({ from, workers, done }: SeedsOptions): Promise<void> {
  let next = from;
  let isOver = false;
  await Promise.all(
    workers.map(async (worker) => {
      while (!isOver) {
        const seed = next;
        next += 1;
        const result = await worker.run({ seed, actions: planOf(seed), trace: false });
        // Also what was under way when it was enough counts: a lower seed may end later.
        const isEnough = done(result);
        isOver ||= isEnough;
      }
    }),
  );
}
