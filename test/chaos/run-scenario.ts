import { benchFolder } from '../bench/folder.ts';
import { createPatientClock } from './patient-clock.ts';
import type { Scenario, Stage } from './scenario.ts';

/** What a scenario is run with, and on which programs. */
export type Setting = Pick<Stage, 'programs' | 'limitMs' | 'seed' | 'count'>;

/** Runs a scenario in a folder of its own. What breaks it is noted in the tally. */
export async function runScenario(scenario: Scenario, setting: Setting & Pick<Stage, 'tally' | 'note'>): Promise<void> {
  using folder = benchFolder();
  const clock = createPatientClock();
  try {
    await scenario.run({ ...setting, folder: folder.path, clock });
  } catch (error) {
    setting.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
    setting.tally.broken.push(`${scenario.name}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    clock.close();
  }
}
