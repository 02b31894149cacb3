import type { PatientClock } from './patient-clock.ts';
import type { Tally } from './tally.ts';

/** What a scenario is run with. */
export interface Stage {
  /** An empty folder on a real disk, removed after the run. */
  readonly folder: string;
  readonly seed: number;
  /** How many kills, episodes or rounds. */
  readonly count: number;
  readonly tally: Tally;
  readonly clock: PatientClock;
  readonly note: (line: string) => void;
}

/** A kind of fault, put to real processes under work. It writes what it finds into the tally. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** How often it is run with `--kills` and `--partitions` of the command line. */
  readonly count: (sizes: { readonly kills: number; readonly partitions: number }) => number;
  run(stage: Stage): Promise<void>;
}
