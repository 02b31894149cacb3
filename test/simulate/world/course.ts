import { canonicalJson } from '@datastores/core/schema';
import { FIRST_COUNT } from '../check/final.ts';
import { setDiskFault } from '../virtual/disk.ts';
import type { Process } from '../virtual/scheduler.ts';
import { type Action, STORM_MS } from './action.ts';
import { arrange, arrangeFirst, rest } from './arrange.ts';
import { COUNTED, notes } from './datastores.ts';
import { goWrong } from './faults.ts';
import { FAIR } from './weather.ts';
import { work } from './work.ts';
import type { World } from './world.ts';

const COURSE: Process = { name: 'course', alive: true, clockOffsetMs: 0, timers: 0 };

/** Until everything runs. */
const CALM_BEFORE_MS = 1_500;

/** When nothing is done any more. */
export const STORM_ENDS_MS = CALM_BEFORE_MS + STORM_MS;

/** Fills the world and starts everything. */
export function prepare(world: World): void {
  for (const code of COUNTED.item) {
    world.systems.erp?.nasty.insert(`x-${code}`, { code, born: code, name: code, price: 1, count: FIRST_COUNT });
  }
  const start = async () => {
    await world.server.start();
    const process = world.server.process();
    if (process !== null) await world.scheduler.perform(process, 'first notes', () => writeNotes(world));
  };
  world.scheduler.after(0, COURSE, { label: 'server', run: () => void start() });
  for (const device of world.devices.values()) {
    world.scheduler.after(10, COURSE, { label: device.name, run: () => void device.start() });
  }
}

/** Does what is planned. */
export function act(world: World, plan: readonly Action[]): void {
  for (const action of plan) {
    if (arrangeFirst(world, action)) continue;
    const run = () => {
      if (!work(world, action) && !arrange(world, action)) goWrong(world, action);
    };
    world.scheduler.after(CALM_BEFORE_MS + action.at, COURSE, { label: `${action.kind} ${action.target}`, run });
  }
}

/** Lets nothing go wrong any more. What is switched off comes back by itself. */
export function heal(world: World): void {
  for (const device of world.devices.values()) {
    device.line.weather = FAIR;
    device.process().clockOffsetMs = 0;
    setDiskFault(device.file(), null);
  }
  for (const { line, nasty } of Object.values(world.systems)) {
    line.weather = FAIR;
    nasty.outage = null;
  }
  setDiskFault(world.server.file(), null);
  world.server.stepClock(0);
  rest(world);
}

async function writeNotes(world: World): Promise<void> {
  const { name: datastore, version: schemaVersion } = notes;
  const documents = COUNTED.note.map((id) => {
    const body = canonicalJson({ id, born: id, count: FIRST_COUNT });
    return { datastore, id, body, schemaVersion, author: '@first', base: null, from: null };
  });
  await world.server.running()?.store.write({ scope: 's1', documents }, () => ({ documents, result: null }));
}
