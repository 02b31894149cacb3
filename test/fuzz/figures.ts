/** What a run measured and found, as it stands in the JSON line. */
export interface Figures {
  readonly requests: number;
  readonly seed: number;
  readonly seconds: number;
  /** Answers with a status from 500. */
  readonly serverErrors: number;
  readonly crashes: number;
  /** Built-in objects of the server that are not as they were. */
  readonly polluted: number;
  /** Answers that are unclear, missing, or hold what they must not, beside server errors. */
  readonly badAnswers: number;
  /** Writes of the honest replica that were confirmed and are not there. */
  readonly lost: number;
  /** Documents in the store that are not valid, or lie where nobody may write. */
  readonly invalidStored: number;
  /** Timers and sockets of the server that outlived what they were for. */
  readonly leftOpen: number;
  readonly rssGrowthMiB: number;
  readonly idleP99Ms: number;
  readonly honestP99Ms: number;
  readonly honestP99Ratio: number;
  readonly honestWrites: number;
  /** Requests refused while running into the limit of requests, and what was wrong there. */
  readonly limited: number;
  readonly limitFaults: number;
}

/** What each figure has to be. */
const TARGETS: Readonly<Partial<Record<keyof Figures, (value: number) => boolean>>> = {
  serverErrors: isZero,
  crashes: isZero,
  polluted: isZero,
  badAnswers: isZero,
  lost: isZero,
  invalidStored: isZero,
  leftOpen: isZero,
  limitFaults: isZero,
  limited: (value) => value > 0,
  honestWrites: (value) => value > 0,
  rssGrowthMiB: (value) => value < 50,
  honestP99Ratio: (value) => value < 5,
};

/** The names of the figures that are not what they have to be. */
export function missed(figures: Figures): readonly string[] {
  return Object.entries(TARGETS)
    .filter(([name, holds]) => !holds(figures[name as keyof Figures]))
    .map(([name]) => name);
}

/** The closing line of a run. */
export function jsonLine(figures: Figures, more: object): string {
  const short = Object.entries(figures).map(([name, value]) => [
    name,
    Number(value.toPrecision(value < 1_000 ? 4 : 9)),
  ]);
  const names = missed(figures);
  return JSON.stringify({ ok: names.length === 0, ...Object.fromEntries(short), missed: names, ...more });
}

function isZero(value: number): boolean {
  return value === 0;
}
