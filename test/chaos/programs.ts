import { bundlePrograms, type Place } from '../simulate/bundle.ts';
import type { Plant } from '../simulate/plants/plant.ts';

const PROGRAMS = ['replica', 'server', 'note'].map((name) => `test/chaos/${name}-process.ts`);

/** Bundles what the processes of a run execute, with a planted bug or without. Returns the folder. */
export function chaosPrograms(place: Place, plant: Plant | null): Promise<string> {
  return bundlePrograms(place, plant, PROGRAMS);
}
