import { setCursor } from './pull.ts';
import { findScanState, newScanState, type ScanKind, type ScanState, saveScanState } from './scan-state.ts';
import { type Schedule, scheduleOf } from './schedule.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** How a stream is worked on after a start. */
export interface StreamPlan {
  readonly stream: EngineStream;
  readonly schedule: Schedule;
  /** Comparisons that were interrupted, or are due because the mapping changed and everything has to be read again. */
  readonly begun: readonly ScanKind[];
  /** When the last scan ended, milliseconds since 1970; null: never. */
  readonly scannedAt: number | null;
}

/** Takes up a stream where the last process left it. `scanEveryMs` is for streams whose deletions only a scan finds. */
export async function startStream(
  reach: SystemReach,
  stream: EngineStream,
  options: { readonly scanEveryMs: number },
): Promise<StreamPlan> {
  const { binding, memory, stream: source } = stream;
  const left = await findScanState(reach.store, binding);
  const remapped = left !== null && left.mapping !== binding.mapping;
  const state = remapped ? await remap(reach, stream, left) : (left ?? newScanState(binding));
  // Kept from the first start on, so that a later one can tell that the mapping has changed since.
  if (left === null) await saveScanState(reach.store, binding, { state });
  memory.generation = state.generation;
  return {
    stream,
    schedule: scheduleOf(binding, source, options.scanEveryMs),
    begun: source.scan === undefined ? [] : await begunOf(reach, stream, remapped || state.phase !== 'idle'),
    scannedAt: state.endedAt,
  };
}

async function begunOf({ store }: SystemReach, { binding }: EngineStream, scan: boolean): Promise<readonly ScanKind[]> {
  const looked = await findScanState(store, binding, 'compare');
  const begun = looked !== null && looked.phase !== 'idle' && looked.mapping === binding.mapping;
  return [...(scan ? (['scan'] as const) : []), ...(begun ? (['compare'] as const) : [])];
}

/** Under a new mapping everything is read again, so that what it says of old records is known from them and not guessed. */
async function remap(reach: SystemReach, stream: EngineStream, state: ScanState): Promise<ScanState> {
  const { binding } = stream;
  reach.log.info('mapping-changed', { system: reach.system, stream: stream.name, mapping: binding.mapping });
  if (stream.stream.changes !== undefined) await setCursor(reach, stream, null);
  const next: ScanState = { ...state, mapping: binding.mapping, phase: 'idle', after: null };
  await saveScanState(reach.store, binding, { state: next });
  return next;
}
