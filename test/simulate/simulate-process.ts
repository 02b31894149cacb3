import { watchDisks } from './virtual/disk.ts';
import { patchGlobals } from './virtual/globals.ts';
import type { Action } from './world/action.ts';

/** What a process is asked to simulate. */
export interface Job {
  readonly seed: number;
  readonly actions: readonly Action[];
  readonly trace: boolean;
}

const send = process.send?.bind(process);

// A process that is dead in the simulation still meets its end in promises that nobody waits for.
process.on('unhandledRejection', () => undefined);
process.on('disconnect', () => process.exit(0));
patchGlobals();
watchDisks();
// Only now: what the product takes of the surroundings when it is loaded must be the simulated ones.
const { simulate } = await import('./simulation.ts');

process.on('message', async ({ seed, actions, trace }: Job) => {
  try {
    const say = trace ? (line: string) => void process.stderr.write(`${line}\n`) : undefined;
    const result = await simulate({ seed, actions, ...(say === undefined ? {} : { say }) });
    send?.({ result });
  } catch (error) {
    send?.({ failure: error instanceof Error ? error.stack : String(error) });
  }
});
send?.({ ready: true });
