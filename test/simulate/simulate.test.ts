import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleProgram, type Place } from './bundle.ts';
import { CORPUS } from './corpus.ts';
import { PLANTS } from './plants/plants.ts';
import { shrink } from './shrink.ts';
import type { SimulationResult } from './simulation.ts';
import { createWorker, type Worker } from './worker.ts';
import { planOf } from './world/plan.ts';

const SEEDS = 24;
const CONTROL_SEEDS = 20;
const LONG = 120_000;

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder: string;
let place: Place;
let sound: string;

beforeAll(async () => {
  // Inside the repository, so that packages are found from there.
  folder = mkdtempSync(join(root, 'test/dist-simulate-'));
  place = { root, folder };
  sound = await bundleProgram(place, null);
}, LONG);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (worker: Worker, seed: number) => worker.run({ seed, actions: planOf(seed), trace: false });

async function withWorker<T>(program: string, use: (worker: Worker) => Promise<T>): Promise<T> {
  const worker = createWorker(program);
  try {
    return await use(worker);
  } finally {
    await worker.close();
  }
}

function plantOf(name: string) {
  const plant = PLANTS.find((one) => one.name === name);
  if (plant === undefined) throw new Error(`There is no plant ${name}.`);
  return plant;
}

test(
  `no promise is broken in ${SEEDS} simulated storms, and the same seed does the same in another process`,
  async () => {
    const results = await withWorker(sound, async (worker) => {
      const all: SimulationResult[] = [];
      for (let seed = 1; seed <= SEEDS; seed += 1) all.push(await run(worker, seed));
      return all;
    });
    expect(results.flatMap(({ seed, violations }) => violations.map((violation) => ({ seed, ...violation })))).toEqual(
      [],
    );
    expect(new Set(results.map(({ hash }) => hash)).size).toBe(SEEDS);
    const again = await withWorker(sound, async (worker) => [await run(worker, SEEDS), await run(worker, 3)]);
    expect(again.map(({ hash }) => hash)).toEqual([results[SEEDS - 1]?.hash, results[2]?.hash]);
  },
  LONG,
);

test.each(['naive-ack', 'already-applied'])(
  'the simulation finds the push rule %s, and shrinks the storm in which it does',
  async (name) => {
    const program = await bundleProgram(place, plantOf(name));
    await withWorker(program, async (worker) => {
      for (let seed = 1; seed <= CONTROL_SEEDS; seed += 1) {
        const first = (await run(worker, seed)).violations[0];
        if (first === undefined) continue;
        const keep = await shrink(worker, { seed, kind: first.kind });
        expect(keep.length).toBeLessThan(planOf(seed).length / 2);
        return;
      }
      expect.unreachable(`not found in ${CONTROL_SEEDS} seeds`);
    });
  },
  LONG,
);

test.each(CORPUS)(
  'what a simulation found before mending "$plant" is found where the fault is planted, and only there',
  async ({ plant, kind, seed, actions }) => {
    const job = { seed, actions, trace: false };
    const mended = await withWorker(sound, (worker) => worker.run(job));
    expect(mended.violations).toEqual([]);
    const program = await bundleProgram(place, plantOf(plant));
    const faulty = await withWorker(program, (worker) => worker.run(job));
    expect(faulty.violations).toMatchObject([{ kind }]);
  },
  LONG,
);
