import type { Command } from './arguments.ts';
import { bundleProgram, type Place } from './bundle.ts';
import type { Plant } from './plants/plant.ts';
import { PLANTS } from './plants/plants.ts';
import { simulateSeeds } from './seeds.ts';
import type { SimulationResult } from './simulation.ts';
import { createWorker, type Worker } from './worker.ts';

/** So many seeds one worker tries alone while the others try other plants; then all of them try the plant together. */
const ALONE = 24;

/** A planted bug under test, and its program. */
interface Trial {
  readonly plant: Plant;
  readonly program: string;
  /** The next seed to try. */
  readonly from: number;
}

/** After how many seeds a planted bug was found, and by which promise. */
interface Found {
  readonly seeds: number;
  readonly kind: string;
}

/** Plants each bug in turn and prints after how many seeds it is found. Returns the exit code: 0 if all are. */
export async function runPlanted(command: Command, place: Place): Promise<number> {
  const plants = command.plants.length === 0 ? PLANTS.filter(({ rare }) => !rare) : command.plants;
  const last = command.seed + command.seeds - 1;
  const scores = new Map<Plant, Found | null>();
  const tell = tellerOf(command);
  const score = (plant: Plant, found: Found | null) => {
    scores.set(plant, found);
    tell(plant, found);
  };
  const open: Trial[] = [];
  const waiting = [...plants];
  const tryAlone = async () => {
    for (let plant = waiting.shift(); plant !== undefined; plant = waiting.shift()) {
      const trial = { plant, program: await bundleProgram(place, plant), from: command.seed };
      const to = Math.min(last, command.seed + ALONE - 1);
      const found = await trySeeds(command, trial, { to, workers: 1 });
      if (found !== null || to === last) score(plant, found);
      else open.push({ ...trial, from: to + 1 });
    }
  };
  await Promise.all(Array.from({ length: command.workers }, tryAlone));
  for (const trial of open) {
    score(trial.plant, await trySeeds(command, trial, { to: last, workers: command.workers }));
  }
  const found = [...scores.values()].filter((one) => one !== null).length;
  const ok = found === plants.length;
  const seedsToFind = Object.fromEntries([...scores].map(([{ name }, one]) => [name, one?.seeds ?? null]));
  console.log(JSON.stringify({ ok, planted: plants.length, found, seedsToFind }));
  return ok ? 0 : 1;
}

function tellerOf({ json, seeds }: Command) {
  const say = json ? console.error : console.log;
  return ({ name, about }: Plant, found: Found | null) => {
    const result = found === null ? `not found in ${seeds} seeds` : `${found.seeds} (${found.kind})`;
    say(`${name.padEnd(24)} ${result.padEnd(26)} ${about}`);
  };
}

/** Tries seeds until one finds the bug. With several workers too it is the first that does. */
async function trySeeds(
  { seed }: Command,
  { program, from }: Trial,
  { to, workers }: { readonly to: number; readonly workers: number },
): Promise<Found | null> {
  const running: Worker[] = Array.from({ length: workers }, () => createWorker(program));
  let first: SimulationResult | null = null;
  await simulateSeeds({
    from,
    workers: running,
    done(result) {
      if (result.violations.length > 0 && (first === null || result.seed < first.seed)) first = result;
      return result.violations.length > 0 || result.seed >= to;
    },
  });
  await Promise.all(running.map((worker) => worker.close()));
  return foundIn(first, { seed, to });
}

function foundIn(result: SimulationResult | null, { seed, to }: { readonly seed: number; readonly to: number }) {
  const violation = result?.violations[0];
  if (result === null || violation === undefined || result.seed > to) return null;
  return { seeds: result.seed - seed + 1, kind: violation.kind };
}
