import type { KindName } from './documents/kinds.ts';
import type { Shares } from './profile/owners.ts';

/** Figures by name, as they stand in the JSON line. Times in milliseconds, memory in MiB, rates per second. */
export type Figures = Readonly<Record<string, number>>;

/** What one run is to measure, and where. */
export interface Bench {
  readonly docs: number;
  /** How often control and ours are measured in turn. */
  readonly rounds: number;
  /** Live replicas, where the workload has several. */
  readonly clients: number;
  readonly datastore: KindName;
  /** True: the replica also keeps the full-text index of its datastore. */
  readonly search: boolean;
  /** An empty folder on the disk of the repository, removed after the run. */
  readonly folder: string;
  /** Tells whoever waits what is being done. */
  readonly note: (line: string) => void;
}

/** Where the time of one process went while it did the work of a workload. */
export interface Profile extends Shares {
  /** What the process did. */
  readonly process: string;
  /** How long it was watched. */
  readonly ms: number;
}

/** Something that is measured against the bare work with no engine around it. */
export interface Workload {
  readonly name: string;
  /** What it measures, in one line. */
  readonly summary: string;
  readonly docs: number;
  /** True: it can be run with each of the datastores, not with products only. */
  readonly anyDatastore: boolean;
  /** Replicas by default; 0 where their number is no option. */
  readonly clients: number;
  /** Further numbers of replicas that have targets of their own. */
  readonly alsoClients?: readonly number[];
  /** Measures control and ours in turn, and makes figures of the medians. */
  run(bench: Bench): Promise<Figures>;
  /** Runs ours once, watching the processes that matter. */
  profile(bench: Bench): Promise<readonly Profile[]>;
}
