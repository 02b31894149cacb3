import type { Tally } from './tally.ts';
import type { Means } from './world/means.ts';

/** What a scenario is run with. */
export interface Stage extends Means {
  /** An empty folder on a real disk, removed after the run. */
  readonly folder: string;
  readonly seed: number;
  /** How many kills, episodes or rounds. */
  readonly count: number;
  readonly tally: Tally;
  readonly note: (line: string) => void;
}

/** What the command line says of how much is to be done. */
export interface Sizes {
  readonly kills: number;
  readonly partitions: number;
  readonly restores: number;
}

/** A kind of fault, put to real processes under work. It writes what it finds into the tally. */
export interface Scenario {
  readonly name: string;
  readonly summary: string;
  /** How often it is run with these sizes of the command line. */
  readonly count: (sizes: Sizes) => number;
  run(stage: Stage): Promise<void>;
}
