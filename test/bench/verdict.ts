import { TARGETS, type Target } from './targets.ts';
import type { Figures } from './workload.ts';

/** A target, what was measured, and whether that is enough. */
export interface Verdict {
  readonly target: Target;
  /** Null: the run did not measure it, which is not enough. */
  readonly measured: number | null;
  /** The bound as a number; null where it depends on a figure that was not measured. */
  readonly bound: number | null;
  readonly met: boolean;
}

/** Judges the figures of a run by the targets of its workload. */
export function judge(
  run: { readonly workload: string; readonly clients: number; readonly figures: Figures },
  targets: readonly Target[] = TARGETS,
): readonly Verdict[] {
  return targets.filter((target) => isFor(target, run)).map((target) => verdictOf(target, run.figures));
}

function isFor({ workload, clients }: Target, run: { readonly workload: string; readonly clients: number }): boolean {
  const { from = 0, to = Number.POSITIVE_INFINITY } = clients ?? {};
  return workload === run.workload && run.clients >= from && run.clients <= to;
}

function verdictOf(target: Target, figures: Figures): Verdict {
  const measured = figures[target.figure] ?? null;
  const bound = boundOf(target, figures);
  return { target, measured, bound, met: measured !== null && bound !== null && holds(target.is, measured, bound) };
}

function boundOf({ bound }: Target, figures: Figures): number | null {
  if (typeof bound === 'number') return bound;
  const other = figures[bound.figure];
  return other === undefined ? null : bound.times * other;
}

function holds(is: Target['is'], measured: number, bound: number): boolean {
  if (is === 'at least') return measured >= bound;
  return is === 'at most' ? measured <= bound : measured < bound;
}
