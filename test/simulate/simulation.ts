import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { folderInMemory } from '../support/folder.ts';
import { differences } from './check/differences.ts';
import { checkExplained } from './check/explained.ts';
import { checkEffects, checkWrites } from './check/final.ts';
import { checkRest } from './check/rest.ts';
import { checkSelfChecks } from './check/self-checks.ts';
import { checkStaleValues } from './check/stale-values.ts';
import type { Violation } from './check/violation.ts';
import { beginSurroundings } from './virtual/globals.ts';
import type { Action } from './world/action.ts';
import { act, heal, prepare, STORM_ENDS_MS } from './world/course.ts';
import { createTrace } from './world/trace.ts';
import { createWorld, type World } from './world/world.ts';

/** What to simulate. */
export interface SimulationOptions {
  readonly seed: number;
  /** What is done to the world: the plan of the seed, or a part of it. */
  readonly actions: readonly Action[];
  /** Told each line of the trace. */
  readonly say?: (line: string) => void;
}

/** How a simulation ended. */
export interface SimulationResult {
  readonly seed: number;
  /** Events that were executed: deliveries, timers, local writes, faults. */
  readonly steps: number;
  readonly hash: string;
  readonly violations: readonly Violation[];
  /** Milliseconds of virtual time. */
  readonly lasted: number;
}

/** When the storm is over, everything has to agree within this virtual time. Shorter than the pull that replicas make to be safe. */
const CALM_MS = 200_000;

/** How often it is looked at whether everything agrees. */
const LOOK_MS = 2_000;

/** For a simulation that never comes to an end. */
const MOST_STEPS = 30_000;

/** Simulates one seed: a storm, calm, and the question what became of everything. */
export async function simulate({ seed, actions, say }: SimulationOptions): Promise<SimulationResult> {
  const surroundings = beginSurroundings(seed);
  const trace = createTrace(say ?? null);
  const folder = mkdtempSync(join(folderInMemory(), 'datastores-simulate-'));
  const world = createWorld({ ...surroundings, seed, folder, trace });
  let steps = 0;
  const runUntil = async (time: number) => {
    for (let next = world.scheduler.peek(); next !== null && next <= time; next = world.scheduler.peek()) {
      const event = world.scheduler.step();
      await world.settle();
      if (event === null || event.process.name === 'wire') continue;
      steps += 1;
      trace.add(`${event.time} ${event.process.name} ${event.label}`);
      if (steps > MOST_STEPS) return world.report({ kind: 'endless', detail: `still busy after ${steps} steps` });
    }
  };
  try {
    prepare(world);
    act(world, actions);
    await runUntil(STORM_ENDS_MS);
    heal(world);
    await calmDown(world, runUntil);
    await checkSelfChecks(world, runUntil);
    checkEffects(world);
    await checkRest(world, runUntil);
  } finally {
    for (const device of world.devices.values()) device.crash();
    world.server.crash();
    rmSync(folder, { recursive: true, force: true });
  }
  const { violations } = world;
  return { seed, steps, hash: trace.hash(), violations, lasted: world.scheduler.now() };
}

async function calmDown(world: World, runUntil: (time: number) => Promise<void>): Promise<void> {
  const begun = world.scheduler.now();
  let left: readonly string[] = [];
  for (let time = begun + LOOK_MS; time <= begun + CALM_MS && world.violations.length === 0; time += LOOK_MS) {
    await runUntil(time);
    left = await differences(world);
    if (left.length > 0) continue;
    await checkWrites(world);
    await checkStaleValues(world);
    await checkExplained(world);
    return;
  }
  if (world.violations.length === 0) world.report({ kind: 'diverged', detail: left.slice(0, 4).join('; ') });
}
