import type { Command } from './arguments.ts';
import { bundleProgram, type Place } from './bundle.ts';
import type { Plant } from './plants/plant.ts';
import { PLANTS } from './plants/plants.ts';
import { createWorker } from './worker.ts';
import { planOf } from './world/plan.ts';

/** After how many seeds a planted bug was found, and by which promise; null: not found. */
interface Score {
  readonly plant: Plant;
  readonly found: { readonly seeds: number; readonly kind: string } | null;
}

/** Plants each bug in turn and prints after how many seeds it is found. */
export async function runPlanted(command: Command, place: Place): Promise<number> {
  const say = command.json ? console.error : console.log;
  const waiting = [...PLANTS];
  const scores: Score[] = [];
  const work = async () => {
    for (let plant = waiting.shift(); plant !== undefined; plant = waiting.shift()) {
      const score = await scoreOf(plant, command, place);
      scores.push(score);
      const { found } = score;
      const result = found === null ? `not found in ${command.seeds} seeds` : `${found.seeds} (${found.kind})`;
      say(`${plant.name.padEnd(22)} ${result.padEnd(26)} ${plant.about}`);
    }
  };
  await Promise.all(Array.from({ length: command.workers }, work));
  const found = scores.filter((score) => score.found !== null);
  const ok = found.length === PLANTS.length;
  const seedsToFind = Object.fromEntries(scores.map((score) => [score.plant.name, score.found?.seeds ?? null]));
  console.log(JSON.stringify({ ok, planted: PLANTS.length, found: found.length, seedsToFind }));
  return ok ? 0 : 1;
}

async function scoreOf(plant: Plant, { seed: from, seeds }: Command, place: Place): Promise<Score> {
  const worker = createWorker(await bundleProgram(place, plant));
  try {
    for (let seed = from; seed < from + seeds; seed += 1) {
      const { violations } = await worker.run({ seed, actions: planOf(seed), trace: false });
      const first = violations[0];
      if (first !== undefined) return { plant, found: { seeds: seed - from + 1, kind: first.kind } };
    }
    return { plant, found: null };
  } finally {
    await worker.close();
  }
}
