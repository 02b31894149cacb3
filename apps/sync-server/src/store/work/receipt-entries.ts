import type { WriteReceipt } from '@datastores/core/schema';
import type { Refusal } from '../outbox.ts';

/** A row of the outbox, as far as a receipt depends on it. */
export interface LaneRow {
  readonly state: 'ready' | 'sent' | 'unknown' | 'dead';
  /** Number of the first state that the row tells of, where the rows before it told of those below. */
  readonly fromSeq: number;
  readonly refusal: Refusal | null;
}

/** What one lane says of a write. */
export interface LaneCase {
  /** Number of the state that the write led to. */
  readonly seq: number;
  /** The rows of the lane, oldest first. */
  readonly rows: readonly LaneRow[];
  /** The key of the record over there, where it is known. */
  readonly reference: string | null;
  /** What the receipt said before; null: nothing. */
  readonly before: ReceiptEntry | null;
  readonly now: number;
}

/** How far a write has got towards one stream. */
export type ReceiptEntry = WriteReceipt['systems'][number];

type Told = Omit<ReceiptEntry, 'system' | 'stream' | 'since'>;

const MAX_REASON = 1_000;

/**
 * What became of a write in one lane, from what the lane holds now, so that it does not matter how often or when it is
 * asked for. The row that tells of it is the newest that begins at or before it; without one it has been told.
 */
export function entryOf(route: { readonly system: string; readonly stream: string }, at: LaneCase): ReceiptEntry {
  const told = toldOf(at);
  const { before, now } = at;
  const { system, stream } = route;
  const since = before?.state === told.state ? before.since : now;
  return { system, stream, ...told, since };
}

function toldOf({ seq, rows, reference, before }: LaneCase): Told {
  const index = rows.findLastIndex(({ fromSeq }) => fromSeq <= seq);
  const row = rows[index];
  if (row === undefined) return withoutRow(reference, before);
  if (row.state === 'dead') return row.refusal === null ? { state: 'held' } : rejected(row.refusal);
  if (rows.slice(0, index).some(({ state }) => state === 'dead')) return { state: 'held' };
  return { state: row.state === 'ready' ? 'waiting' : 'sent' };
}

/** A row that goes untold leaves its refusal first. One that was held may have been applied after all: it is no refusal. */
function withoutRow(reference: string | null, before: ReceiptEntry | null): Told {
  if (before?.state === 'rejected') return rejected(before as Refusal);
  return reference === null ? { state: 'confirmed' } : { state: 'confirmed', reference };
}

function rejected({ reason, field }: Refusal): Told {
  const short = reason.slice(0, MAX_REASON);
  return { state: 'rejected', reason: short, ...(field === undefined ? {} : { field }) };
}
