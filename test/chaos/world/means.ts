import type { PatientClock } from '../patient-clock.ts';

/** What worlds are made with. */
export interface Means {
  /** Folder of the bundled programs that the processes run. */
  readonly programs: string;
  readonly clock: PatientClock;
  /** Time in which everything must be in sync once nothing fails any more. */
  readonly limitMs: number;
}
