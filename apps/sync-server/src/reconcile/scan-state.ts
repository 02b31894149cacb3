import type { JsonValue } from '@datastores/core/schema';
import type { Store } from '../store/store.ts';
import type { Binding } from './binding.ts';
import type { Comparison } from './compare/comparison.ts';

/** How far the full comparison of a stream has come. Kept in the store, so that it goes on after a crash. */
export interface ScanState {
  /** Version of the mapping that the records were last read with. */
  readonly mapping: number;
  /** Number of this scan. A link carries the number of the last scan that saw its record. */
  readonly generation: number;
  /** `reading` records · `sweeping` what was not seen · looking at documents that are `unlinked`. */
  readonly phase: 'idle' | 'reading' | 'sweeping' | 'unlinked';
  /** By digests only what differs is read; `after` is then the first key that has not been compared. */
  readonly way: 'scan' | 'digest';
  /** Last key that was read; null at the start. */
  readonly after: string | null;
  /** Milliseconds since 1970; null: never. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Set while the last scan found more deletions than may happen without asking. */
  readonly brake: Brake | null;
  /** What this scan has found so far, or the last one found; null: none yet. */
  readonly report: Comparison | null;
}

/** A scan that would have deleted too much, and deleted nothing. */
export interface Brake {
  /** Records found gone before it stopped; there may be more. */
  readonly absent: number;
  /** Records that were linked. */
  readonly living: number;
  readonly at: number;
}

/** Which comparison: `scan` repairs, `compare` only looks. They have a state each. */
export type ScanKind = 'scan' | 'compare';

/** The state as it was left; that of a new stream if there is none. */
export async function loadScanState(store: Store, binding: Binding, kind: ScanKind = 'scan'): Promise<ScanState> {
  return (await findScanState(store, binding, kind)) ?? newScanState(binding);
}

/** The state as it was left; null for a stream that was never worked on. */
export async function findScanState(
  store: Store,
  binding: Binding,
  kind: ScanKind = 'scan',
): Promise<ScanState | null> {
  const stored = await store.cursor(binding.system, binding.stream, kind);
  // What an earlier version left lacks what it did not know.
  return stored !== null && typeof stored === 'object' && 'generation' in stored
    ? ({ ...newScanState(binding), ...stored } as unknown as ScanState)
    : null;
}

/** The state of a stream that was never scanned. */
export function newScanState({ mapping }: Binding): ScanState {
  const never = { startedAt: null, endedAt: null, brake: null, report: null };
  return { mapping, generation: 0, phase: 'idle', way: 'scan', after: null, ...never };
}

/** How a comparison begins. */
export interface Beginning {
  readonly mapping: number;
  readonly way: ScanState['way'];
  readonly repairs: boolean;
  readonly now: number;
}

/** The state of a comparison that begins after the one that was left in another state. */
export function begunAnew(last: ScanState, { mapping, way, repairs, now }: Beginning): ScanState {
  const generation = repairs ? last.generation + 1 : last.generation;
  return { ...last, mapping, way, generation, phase: 'reading', after: null, startedAt: now };
}

/** Keeps the state. Most states are kept with the page that led to them instead. */
export async function saveScanState(
  store: Store,
  { system, stream }: Binding,
  { state, kind = 'scan' }: { readonly state: ScanState; readonly kind?: ScanKind },
): Promise<void> {
  const cursor = { system, stream, kind, cursor: scanCursor(state) } as const;
  await store.write({ scope: 'main' }, () => ({ cursor, result: undefined }));
}

/** The state as JSON. */
export function scanCursor(state: ScanState): JsonValue {
  return state as unknown as JsonValue;
}
