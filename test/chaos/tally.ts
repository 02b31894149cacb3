import type { Findings } from './oracle/examine.ts';

/** What all scenarios of a run add up to. */
export interface Tally {
  kills: number;
  pauses: number;
  partitions: number;
  restores: number;
  copies: number;
  diskFull: number;
  ioErrors: number;
  migrations: number;
  acknowledged: number;
  /** Problems by their kind, in sentences. */
  readonly problems: Readonly<Record<Problem, string[]>>;
  /** Milliseconds from the start of a process until all is in sync. */
  readonly afterRestart: number[];
  /** Milliseconds from the healing of a line until its replica is in sync. */
  readonly afterHeal: number[];
  readonly classes: Record<string, number>;
  /** Replicas that met a restored server, and those of them that were told so before they were given a row. */
  restored: number;
  detected: number;
  /** What was found of the bugs that were planted. */
  readonly controls: ControlResult[];
  /** Scenarios that ended with an error. */
  readonly broken: string[];
  /** What could not be run here, and why. */
  readonly skipped: string[];
}

/** Kinds of broken promises. */
export type Problem = 'lostWrites' | 'stuck' | 'corrupt' | 'wedged' | 'diverged' | 'resurrections' | 'miscounted';

/** A broken promise, or a restored server that was not noticed in time. */
export type Finding = Problem | 'undetected';

/** What became of a planted bug: what has shown it, or null; and why it could not be tried, if so. */
export interface ControlResult {
  readonly name: string;
  readonly shown: Finding | null;
  readonly skipped?: string;
}

/** True if a run has come upon it. */
export function found(tally: Tally, finding: Finding): boolean {
  return finding === 'undetected' ? tally.detected < tally.restored : tally.problems[finding].length > 0;
}

/** Nothing has happened yet. */
export function emptyTally(): Tally {
  return {
    kills: 0,
    pauses: 0,
    partitions: 0,
    restores: 0,
    copies: 0,
    diskFull: 0,
    ioErrors: 0,
    migrations: 0,
    acknowledged: 0,
    problems: { lostWrites: [], stuck: [], corrupt: [], wedged: [], diverged: [], resurrections: [], miscounted: [] },
    afterRestart: [],
    afterHeal: [],
    classes: {},
    restored: 0,
    detected: 0,
    controls: [],
    broken: [],
    skipped: [],
  };
}

/** Adds what was found at the end of a world. */
export function addFindings(tally: Tally, findings: Findings, where: string): void {
  const add = (problem: Problem, sentences: readonly string[]) => {
    tally.problems[problem].push(...sentences.map((sentence) => `${where}: ${sentence}`));
  };
  add('lostWrites', findings.lost);
  add('resurrections', findings.resurrected);
  add('miscounted', [...findings.miscounted, ...findings.ghosts]);
  add('diverged', findings.diverged);
  add('corrupt', [...findings.corrupt, ...findings.feed]);
  tally.acknowledged += findings.acknowledged;
  for (const [name, count] of Object.entries(findings.classes)) {
    tally.classes[name] = (tally.classes[name] ?? 0) + count;
  }
}
