import { percentile } from '../bench/statistics.ts';
import type { Problem, Tally } from './tally.ts';

/** Longest time from the start of a killed process until all is in sync, for 99 of 100. */
const SYNC_AFTER_RESTART_MS = 5_000;
/** Two repeats at their longest delay, after a request that never ended by itself. */
const SYNC_AFTER_HEAL_MS = 120_000;

/** How a run is judged: `strict` where nothing may be skipped. */
export interface Judging {
  readonly strict: boolean;
}

/** True if every promise was held, and every planted bug was found. */
export function isOk(tally: Tally, { strict }: Judging): boolean {
  return (
    tally.broken.length === 0 &&
    Object.values(tally.problems).every((sentences) => sentences.length === 0) &&
    tally.detected === tally.restored &&
    high(tally.afterRestart) <= SYNC_AFTER_RESTART_MS &&
    high(tally.afterHeal) <= SYNC_AFTER_HEAL_MS &&
    tally.controls.every(({ shown, skipped }) => shown !== null || skipped !== undefined) &&
    (!strict || tally.skipped.length === 0)
  );
}

/** The closing line of a run. */
export function jsonLine(tally: Tally, run: Judging & { readonly seed: number; readonly seconds: number }): string {
  const { problems } = tally;
  const count = (problem: Problem) => problems[problem].length;
  return JSON.stringify({
    ok: isOk(tally, run),
    kills: tally.kills,
    lost: count('lostWrites'),
    stuck: count('stuck'),
    corrupt: count('corrupt'),
    p99RecoveryMs: Math.round(high(tally.afterRestart)),
    p50RecoveryMs: Math.round(middle(tally.afterRestart)),
    partitions: tally.partitions,
    wedged: count('wedged'),
    diverged: count('diverged'),
    p99HealMs: Math.round(high(tally.afterHeal)),
    miscounted: count('miscounted'),
    resurrections: count('resurrections'),
    restores: tally.restores,
    restored: tally.restored,
    detected: tally.detected,
    pauses: tally.pauses,
    copies: tally.copies,
    diskFull: tally.diskFull,
    ioErrors: tally.ioErrors,
    migrations: tally.migrations,
    acknowledged: tally.acknowledged,
    ...tally.classes,
    controls: tally.controls.length,
    controlsFound: tally.controls.filter(({ shown }) => shown !== null).length,
    broken: tally.broken.length,
    skipped: tally.skipped,
    seed: run.seed,
    seconds: run.seconds,
  });
}

/** Sentences on everything that went wrong, at most twenty of a kind, and on what was skipped. */
export function problemText(tally: Tally): string {
  const lines = Object.entries(tally.problems).flatMap(([problem, sentences]) => [
    ...sentences.slice(0, MOST_SENTENCES).map((sentence) => `${problem.padEnd(14)}${sentence}`),
    ...(sentences.length > MOST_SENTENCES ? [`${problem.padEnd(14)}… ${sentences.length - MOST_SENTENCES} more`] : []),
  ]);
  const skipped = tally.skipped.map((sentence) => `skipped       ${sentence}`);
  const broken = tally.broken.map((sentence) => `broken        ${sentence}`);
  const controls = tally.controls.flatMap(({ name, shown }) => (shown === null ? `not found     ${name}` : []));
  return [...lines, ...broken, ...controls, ...skipped].join('\n') || 'Every promise was held.';
}

const MOST_SENTENCES = 20;

/** What 99 of 100 do not exceed; 0 where nothing was measured. */
function high(values: readonly number[]): number {
  return values.length === 0 ? 0 : percentile(values, 99);
}

function middle(values: readonly number[]): number {
  return values.length === 0 ? 0 : percentile(values, 50);
}
