import { type Action, DEVICES } from './action.ts';
import { FAIR } from './weather.ts';
import type { World } from './world.ts';

/** What can be arranged in a world, beside what goes wrong in it. */
export interface Arrangement {
  /** Tokens live so long, and with them streams, milliseconds. */
  tokenMs: number;
  /** Most rows of a page: few, so that pages end anywhere. */
  pageRows: number;
  /** How long a replica takes for one poke before the next is sent, milliseconds. */
  readMs: number;
}

/** How it is if nothing is arranged. */
export const USUAL: Arrangement = { tokenMs: 45_000, pageRows: 3, readMs: 0 };

/** Longer than a simulation lasts: then no new stream brings what an old one kept back. */
const LONG_TOKEN_MS = 900_000;

/** Longest that a message takes on a slow line, milliseconds; to a system less than its sender waits. */
const SLOWEST_MS = 2_000;
const SLOWEST_TO_SYSTEM_MS = 1_000;

/** Longest time until the next turn of a busy process, milliseconds. */
const BUSIEST_MS = 12;

/** Arranges what has to be so from the start: the first token is as long as the others. True if the action was that. */
export function arrangeFirst({ arrangement }: World, { kind, a }: Action): boolean {
  if (kind === 'tokens') arrangement.tokenMs = LONG_TOKEN_MS;
  else if (kind === 'pages') arrangement.pageRows = 1 + Math.floor(a * 3);
  else if (kind === 'readers') arrangement.readMs = 20 + Math.floor(a * 500);
  else return false;
  return true;
}

/** Changes the surroundings in which things happen. True if the action was that. */
export function arrange(world: World, { kind, target, a, b }: Action): boolean {
  const later = (run: () => void) => {
    const ms = 500 + Math.floor(b * 12_000);
    world.scheduler.after(ms, SURROUNDINGS, { label: `${target} is as usual`, run });
  };
  if (kind === 'slow') {
    const line = world.devices.get(target)?.line ?? world.systems[target]?.line;
    if (line === undefined) return true;
    line.weather = {
      ...FAIR,
      slowest: 40 + Math.floor(a * (target in world.systems ? SLOWEST_TO_SYSTEM_MS - 40 : SLOWEST_MS)),
    };
    later(() => {
      line.weather = FAIR;
    });
  } else if (kind === 'busy') {
    const process = world.devices.get(target)?.process() ?? world.server.process();
    if (process === null) return true;
    process.turnMs = 1 + Math.floor(a * BUSIEST_MS);
    later(() => {
      process.turnMs = 0;
    });
  } else return false;
  return true;
}

/** Lets every process have its next turn at once again. */
export function rest(world: World): void {
  for (const name of DEVICES) {
    const process = world.devices.get(name)?.process();
    if (process !== undefined) process.turnMs = 0;
  }
  const server = world.server.process();
  if (server !== null) server.turnMs = 0;
}

/** What changes by no process. */
const SURROUNDINGS = { name: 'surroundings', alive: true, clockOffsetMs: 0, timers: 0 };
