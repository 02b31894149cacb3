import type { DocumentKey } from '../document.ts';
import type { OutboxRow, OutboxState, Refusal } from '../outbox.ts';
import type { Route } from '../store.ts';
import type { LaneRow } from './receipt-entries.ts';

/** The strictly ordered rows of one document towards one stream. */
export interface Lane extends Route, DocumentKey {
  readonly scope: string;
}

/** What is written of a row when it is settled. */
export interface LaneUpdate {
  readonly seq: number;
  readonly state: OutboxState;
  readonly attempts: number;
  readonly notBefore: number;
  readonly error: string | null;
  readonly field: string | null;
  readonly uncertain: boolean;
  readonly refusal: Refusal | null;
  /** Milliseconds since 1970; a row that dies is dead since then. */
  readonly now: number;
}

/** A mark to be added: there is something to send, from a state of the document on. */
export interface NewMark {
  readonly writeId: string;
  readonly createdAt: number;
  readonly fromSeq: number;
}

/** The rows of the outbox, as far as transactions change them. */
export interface LaneTable {
  /** Where a row belongs, and its state; null if there is no such row any more. */
  place(seq: number): (Lane & Pick<OutboxRow, 'state'>) | null;
  find(seq: number): OutboxRow | null;
  /** The rows of a lane, oldest first. */
  rows(lane: Lane): readonly LaneRow[];
  hasMark(lane: Lane): boolean;
  /** True while a row of the lane is sent or unknown. */
  isInFlight(lane: Lane): boolean;
  addMark(lane: Lane, mark: NewMark): void;
  /** Removes the marks of a lane but this row. */
  removeMarks(lane: Lane, but: number): void;
  /** Marks a row sent, with its payload as JSON. */
  freeze(seq: number, payload: string, version: string | null): void;
  /** A row that becomes ready again forgets payload and version. */
  update(update: LaneUpdate): void;
  remove(seq: number): void;
}
