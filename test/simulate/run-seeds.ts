import type { Command } from './arguments.ts';
import { simulateSeeds } from './seeds.ts';
import { shrink } from './shrink.ts';
import type { SimulationResult } from './simulation.ts';
import { createWorker } from './worker.ts';
import type { Action } from './world/action.ts';
import { planOf } from './world/plan.ts';

/** Failing seeds that are shrunk; more would say little more. */
const MOST_SHRUNK = 3;

/** Seeds that are simulated once more in a fresh process at the end. */
const REPEATED = 5;

/** A seed that failed, and how to see it again. */
interface Failure {
  readonly seed: number;
  readonly kind: string;
  readonly detail: string;
  readonly replay: string;
  /** What is left of the plan, for the corpus. */
  readonly actions: readonly Action[];
}

/** Simulates seeds until there are enough, shrinks what failed, and prints the figures. */
export async function runSeeds(command: Command, program: string): Promise<number> {
  const say = command.json ? console.error : console.log;
  const workers = Array.from({ length: command.workers }, () => createWorker(program));
  const results: SimulationResult[] = [];
  let steps = 0;
  const begun = performance.now();
  await simulateSeeds({
    from: command.seed,
    workers,
    done(result) {
      results.push(result);
      steps += result.steps;
      for (const { kind, detail } of result.violations) say(`seed ${result.seed}: ${kind}: ${detail}`);
      if (results.length % 100 === 0) say(`${results.length} seeds, ${steps} steps`);
      const enough = results.length >= command.seeds && steps >= command.steps;
      return enough || (command.plant !== null && result.violations.length > 0);
    },
  });
  const seconds = (performance.now() - begun) / 1_000;
  const failed = results.filter(({ violations }) => violations.length > 0).sort((a, b) => a.seed - b.seed);
  const differing = await repeatSome(results, program);
  for (const seed of differing) say(`seed ${seed}: not repeatable: another process did something else`);
  const failures: Failure[] = [];
  for (const result of failed.slice(0, MOST_SHRUNK)) failures.push(await shrunk(command, result, program));
  for (const { replay: again } of failures) say(`Again: ${again}`);
  await Promise.all(workers.map((worker) => worker.close()));
  const violations = failed.length + differing.length;
  const ok = command.plant === null ? violations === 0 : failed.length > 0;
  const figures = { seeds: results.length, steps, stepsPerSecond: Math.round(steps / seconds), violations };
  const plant = command.plant === null ? {} : { plant: command.plant.name };
  console.log(JSON.stringify({ ok, ...plant, ...figures, failures }));
  return ok ? 0 : 1;
}

/** Simulates one seed and tells everything that happens. */
export async function replay(command: Command, program: string): Promise<number> {
  const worker = createWorker(program);
  const { seed, keep } = command;
  const actions = planOf(seed).filter((_, index) => keep === null || keep.includes(index));
  const { steps, hash, violations } = await worker.run({ seed, actions, trace: true });
  await worker.close();
  const ok = command.plant === null ? violations.length === 0 : violations.length > 0;
  console.log(JSON.stringify({ ok, seeds: 1, steps, hash, violations: violations.length, failures: violations }));
  return ok ? 0 : 1;
}

/** The seeds whose hash is another one in a process that has simulated nothing before. */
async function repeatSome(results: readonly SimulationResult[], program: string): Promise<readonly number[]> {
  const worker = createWorker(program);
  const differing: number[] = [];
  for (const { seed, hash } of results.slice(-REPEATED)) {
    const again = await worker.run({ seed, actions: planOf(seed), trace: false });
    if (again.hash !== hash) differing.push(seed);
  }
  await worker.close();
  return differing;
}

async function shrunk(command: Command, { seed, violations }: SimulationResult, program: string): Promise<Failure> {
  const { kind, detail } = violations[0] as SimulationResult['violations'][number];
  const worker = createWorker(program);
  const keep = await shrink(worker, { seed, kind });
  await worker.close();
  const plant = command.plant === null ? '' : ` --plant ${command.plant.name}`;
  const plan = planOf(seed);
  const again = `npm run simulate --${plant} --seed ${seed} --keep ${keep.join(',') || 'none'}`;
  return { seed, kind, detail, replay: again, actions: keep.map((index) => plan[index] as Action) };
}
