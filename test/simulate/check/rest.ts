import { openFiles } from '../virtual/disk.ts';
import type { World } from '../world/world.ts';

/** How long closing may take, milliseconds of virtual time. */
const CLOSING_MS = 4_000;

/** Closes everything as an application does, and looks for what is left running or open. */
export async function checkRest(world: World, runUntil: (time: number) => Promise<void>): Promise<void> {
  const { scheduler, server, devices } = world;
  const processes = [...devices.values()].map((device) => device.process());
  const own = server.process();
  let closed = 0;
  for (const device of devices.values()) void device.close().then(() => (closed += 1));
  await runUntil(scheduler.now() + CLOSING_MS);
  void server.close().then(() => (closed += 1));
  await runUntil(scheduler.now() + CLOSING_MS);
  if (closed < devices.size + 1)
    world.report({ kind: 'leak', detail: `${closed} of ${devices.size + 1} could be closed` });
  for (const process of own === null ? processes : [...processes, own]) {
    if (process.timers > 0) world.report({ kind: 'leak', detail: `${process.name} left ${process.timers} timers` });
  }
  if (openFiles() > 0) world.report({ kind: 'leak', detail: `${openFiles()} files are still open` });
}
