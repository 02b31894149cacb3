import type { JsonValue } from '@datastores/core/schema';
import type { Store } from '../store/store.ts';
import type { Binding } from './binding.ts';
import type { Between } from './pull.ts';

/** How far the full comparison of a stream has come. Kept in the store, so that it goes on after a crash. */
export interface ScanState {
  /** Version of the mapping that the records were last read with. */
  readonly mapping: number;
  /** Number of this scan. A link carries the number of the last scan that saw its record. */
  readonly generation: number;
  readonly phase: 'idle' | 'reading';
  /** Last key that was read; null at the start. */
  readonly after: string | null;
  /** Milliseconds since 1970; null: never. */
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  /** Set while the last scan found more deletions than may happen without asking. */
  readonly brake: Brake | null;
}

/** A scan that would have deleted too much, and deleted nothing. */
export interface Brake {
  /** Records found gone before it stopped; there may be more. */
  readonly absent: number;
  /** Records that were linked. */
  readonly living: number;
  readonly at: number;
}

/** The state as it was left; that of a new stream if there is none. */
export async function loadScanState(store: Store, binding: Binding): Promise<ScanState> {
  return (await findScanState(store, binding)) ?? newScanState(binding);
}

/** The state as it was left; null for a stream that was never worked on. */
export async function findScanState(store: Store, { system, stream }: Binding): Promise<ScanState | null> {
  const stored = await store.cursor(system, stream, 'scan');
  return stored !== null && typeof stored === 'object' && 'generation' in stored
    ? (stored as unknown as ScanState)
    : null;
}

/** The state of a stream that was never scanned. */
export function newScanState({ mapping }: Binding): ScanState {
  return { mapping, generation: 0, phase: 'idle', after: null, startedAt: null, endedAt: null, brake: null };
}

/** Keeps the state. Most states are kept with the page that led to them instead. */
export async function saveScanState(store: Store, { system, stream }: Binding, state: ScanState): Promise<void> {
  const cursor = { system, stream, kind: 'scan', cursor: scanCursor(state) } as const;
  await store.write({ scope: 'main' }, () => ({ cursor, result: undefined }));
}

/** The state as JSON. */
export function scanCursor(state: ScanState): JsonValue {
  return { ...state, brake: state.brake === null ? null : { ...state.brake } };
}

/** How one scan is run. */
export interface ScanOptions {
  readonly between: Between;
  /** True if a person has agreed to however many deletions it finds. */
  readonly allowMassDelete: boolean;
}
