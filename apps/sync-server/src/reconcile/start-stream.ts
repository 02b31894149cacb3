import { beginRemap, type RemapWay } from './remap.ts';
import { findScanState, newScanState, type ScanKind, saveScanState } from './scan-state.ts';
import { type Schedule, scheduleOf } from './schedule.ts';
import type { EngineStream, SystemReach } from './system-reach.ts';

/** How a stream is worked on after a start. */
export interface StreamPlan {
  readonly stream: EngineStream;
  readonly schedule: Schedule;
  /** Comparisons that were interrupted, or are due because the mapping changed and everything has to be read again. */
  readonly begun: readonly ScanKind[];
  /** How another mapping than before gets to the documents; null: it is the same. */
  readonly remap: RemapWay | null;
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
  const remap =
    left !== null && left.mapping !== binding.mapping ? await beginRemap(reach, stream, { from: left.mapping }) : null;
  const state = left ?? newScanState(binding);
  if (binding.keepRecords !== true) await forgetKept(reach, stream);
  // Kept from the first start on, so that a later one can tell that the mapping has changed since.
  if (left === null) await saveScanState(reach.store, binding, { state });
  memory.generation = state.generation;
  return {
    stream,
    schedule: scheduleOf(binding, source, options.scanEveryMs),
    begun: source.scan === undefined ? [] : await begunOf(reach, stream, remap === 'read' || state.phase !== 'idle'),
    remap,
    scannedAt: state.endedAt,
  };
}

async function begunOf({ store }: SystemReach, { binding }: EngineStream, scan: boolean): Promise<readonly ScanKind[]> {
  const looked = await findScanState(store, binding, 'compare');
  const begun = looked !== null && looked.phase !== 'idle' && looked.mapping === binding.mapping;
  return [...(scan ? (['scan'] as const) : []), ...(begun ? (['compare'] as const) : [])];
}

/** What a binding keeps no more is not left lying about. */
async function forgetKept({ store, system, log }: SystemReach, { name }: EngineStream): Promise<void> {
  const [first] = await store.kept({ system, stream: name, after: null, limit: 1 });
  if (first === undefined) return;
  log.info('kept-records-removed', { system, stream: name, records: await store.forgetKept(system, name) });
}
