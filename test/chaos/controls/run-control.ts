import type { Place } from '../../simulate/bundle.ts';
import { chaosPrograms } from '../programs.ts';
import { runScenario, type Setting } from '../run-scenario.ts';
import { SCENARIOS } from '../scenarios.ts';
import { type ControlResult, emptyTally, found } from '../tally.ts';
import type { Control } from './controls.ts';
import { CHAOS_PLANTS } from './plants.ts';

/** Faults come at moments of their own: what was not met once may be met the next time. */
const ATTEMPTS = 4;
/** What is stuck because of a planted bug is stuck for good. */
const LIMIT_MS = 20_000;

/** Puts the faults to processes with the planted bug, until it shows or the attempts are used up. */
export async function runControl(
  control: Control,
  { place, seed, note }: { readonly place: Place; readonly seed: number; readonly note: (line: string) => void },
): Promise<ControlResult> {
  const plant = CHAOS_PLANTS.find(({ name }) => name === control.plant);
  const scenario = SCENARIOS.find(({ name }) => name === control.scenario);
  const name = `${control.plant} in ${control.scenario}`;
  if (plant === undefined || scenario === undefined) throw new Error(`There is no ${name}.`);
  const programs = await chaosPrograms(place, plant);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const tally = emptyTally();
    const setting: Setting = { programs, limitMs: LIMIT_MS, seed: seed + attempt, count: control.count };
    await runScenario(scenario, { ...setting, tally, note: () => {} });
    const shown = control.shows.find((finding) => found(tally, finding));
    if (shown !== undefined) {
      note(`${name}: ${shown} (attempt ${attempt})`);
      return { name, shown };
    }
    const [skipped] = tally.skipped;
    if (skipped !== undefined) return { name, shown: null, skipped };
    const others = Object.entries(tally.problems).flatMap(([problem, list]) => (list.length > 0 ? problem : []));
    note(
      `${name}: not found in attempt ${attempt} (${[...others, ...tally.broken].join(', ') || 'no problem at all'})`,
    );
  }
  return { name, shown: null };
}
