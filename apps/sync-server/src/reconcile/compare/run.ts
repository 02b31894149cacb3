import type { Between } from '../pull.ts';
import { type Brake, begunAnew, loadScanState, type ScanKind, type ScanState, saveScanState } from '../scan-state.ts';
import type { EngineStream, SystemReach } from '../system-reach.ts';
import { createTally, newComparison, type Tally } from './comparison.ts';

/** How a comparison is run. */
export interface CompareOptions {
  readonly between: Between;
  /** False: nothing is written but its own state. */
  readonly repairs: boolean;
  /** Every record is read, whatever its digest. */
  readonly full?: boolean;
  /** True if a person has agreed to however much it deletes here or creates there. */
  readonly allowMassDelete: boolean;
  /** True where it only takes the place of a pull: no report is made, and documents without records are not looked for. */
  readonly light?: boolean;
}

/** A comparison under way. */
export interface Run extends Omit<CompareOptions, 'full'> {
  readonly reach: SystemReach;
  readonly stream: EngineStream;
  readonly kind: ScanKind;
  readonly light: boolean;
  tally: Tally;
  state: ScanState;
  /** Links at the start, and how many of them may be found gone. */
  readonly living: number;
  readonly most: number;
  /** Set once too much is missing over there; nothing more is looked at then. */
  brake: Brake | null;
  /** Why its digests cannot be believed. */
  distrust: string | null;
}

/** So many deletions are never a mass, however few records there are. */
const FEW_DELETES = 5;

/** Begins a comparison, or goes on with the one of this kind that was interrupted. */
export async function beginRun(reach: SystemReach, stream: EngineStream, options: CompareOptions): Promise<Run> {
  const { repairs, full = false, allowMassDelete, between } = options;
  const { binding } = stream;
  const kind: ScanKind = repairs ? 'scan' : 'compare';
  const last = await loadScanState(reach.store, binding, kind);
  // Half a comparison under another mapping compared something else.
  const goesOn = last.phase !== 'idle' && last.mapping === binding.mapping && !(full && last.way === 'digest');
  const reported = goesOn && last.report !== null && last.report.endedAt === null;
  const living = await countLinks(reach, stream);
  // Where nothing is known yet there is nothing to compare with.
  const way = stream.stream.digest !== undefined && !full && living > 0 ? 'digest' : 'scan';
  const state = goesOn ? last : begunAnew(last, { mapping: binding.mapping, way, repairs, now: reach.clock.now() });
  if (repairs) stream.memory.generation = state.generation;
  const most = allowMassDelete ? Infinity : Math.max(FEW_DELETES, Math.floor(living * (binding.maxDeletes ?? 0.1)));
  const startedAt = state.startedAt ?? reach.clock.now();
  const report = reported && last.report !== null ? last.report : newComparison({ repairs, way: state.way, startedAt });
  const light = options.light === true && !reported;
  const shared = { reach, stream, kind, repairs, between, allowMassDelete, light };
  // While records are read it is still that of the comparison before.
  const brake = goesOn && state.phase !== 'reading' ? state.brake : null;
  return { ...shared, tally: createTally(report), state, living, most, brake, distrust: null };
}

/** Begins again, now reading every record. */
export function readEverything(run: Run, reason: string): void {
  const { report } = run.state;
  const { cost } = run.tally.comparison();
  const startedAt = run.state.startedAt ?? run.reach.clock.now();
  run.state = { ...run.state, way: 'scan', phase: 'reading', after: null, report };
  run.tally = createTally({ ...newComparison({ repairs: run.repairs, way: 'scan', startedAt }), cost });
  run.tally.note(reason);
}

/** The state moved on, to be kept with what led to it. */
export function moved(run: Run, parts: Partial<ScanState>): ScanState {
  const report = run.light ? run.state.report : run.tally.comparison();
  run.state = { ...run.state, ...parts, report };
  return run.state;
}

/** Moves the state on and keeps it. */
export async function keep(run: Run, parts: Partial<ScanState>): Promise<void> {
  await saveScanState(run.reach.store, run.stream.binding, { state: moved(run, parts), kind: run.kind });
}

async function countLinks({ store, system }: SystemReach, { name }: EngineStream): Promise<number> {
  const { links } = await store.summary();
  return links.find((count) => count.system === system && count.stream === name)?.links ?? 0;
}
