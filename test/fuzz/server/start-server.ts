import { type Child, startChild } from '../../bench/child.ts';
import { PLANT_VARIABLE, type PlantName } from './plant-names.ts';
import type { ServerCommands } from './server-process.ts';

/** Starts the process of a server, with the probe loaded before it, and with deliberate faults where there are any. */
export function startServer(plants: readonly PlantName[]): Child<ServerCommands> {
  const loaded = plants.length === 0 ? ['probe'] : ['probe', 'plants'];
  const imports = loaded.flatMap((name) => ['--import', new URL(`./${name}.js`, import.meta.url).href]);
  process.env[PLANT_VARIABLE] = plants.join(',');
  try {
    return startChild<ServerCommands>('../fuzz/server/server', { execArgv: ['--expose-gc', ...imports] });
  } finally {
    delete process.env[PLANT_VARIABLE];
  }
}
