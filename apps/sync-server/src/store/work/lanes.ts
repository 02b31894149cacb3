import { DatastoreError } from '@datastores/core';
import { parseVersion } from '@datastores/core/protocol';
import { v7 as uuid } from 'uuid';
import type { OutboxRetry, OutboxRow, OutboxSend, OutboxSettle } from '../outbox.ts';
import type { Lane } from './lane-table.ts';
import type { Tables } from './tables.ts';

/**
 * Notes that a lane has something to send, from a state of its document on. False if a mark says so already: edits that
 * were not sent yet share it.
 */
export function markLane({ lanes }: Pick<Tables, 'lanes'>, lane: Lane, at: { now: number; fromSeq: number }): boolean {
  if (lanes.hasMark(lane)) return false;
  lanes.addMark(lane, { writeId: uuid(), createdAt: at.now, fromSeq: at.fromSeq });
  return true;
}

/** A lane that was sent, and whether it got a row behind that, because the document has moved on. */
export interface SentLane {
  readonly lane: Lane;
  readonly behind: boolean;
}

/** Freezes one payload. Throws OUTBOX_STALE if its row may not be sent any more. */
export function sendRow(tables: Tables, { seq, payload, version }: OutboxSend, now: number): SentLane {
  const row = tables.lanes.place(seq);
  if (row?.state !== 'ready' && row?.state !== 'unknown') {
    throw new DatastoreError('OUTBOX_STALE', `Outbox row ${seq} may not be sent now.`);
  }
  tables.lanes.freeze(seq, JSON.stringify(payload), version);
  // An edit between the reading of the document and this moment has joined the mark that is frozen now.
  const newest = tables.documents.versionOf(row.scope, row);
  if (newest === null || newest === version) return { lane: row, behind: false };
  const told = version === null ? undefined : parseVersion(version)?.seq;
  const from = told === undefined ? parseVersion(newest)?.seq : told + 1;
  return { lane: row, behind: markLane(tables, row, { now, fromSeq: from ?? 0 }) };
}

/** Settles a row and returns its lane; null where there is no such row any more. Rows of other scopes are refused. */
export function settleLane(tables: Tables, scope: string, at: { settle: OutboxSettle; now: number }): Lane | null {
  const { settle, now } = at;
  const { lanes } = tables;
  const row = lanes.place(settle.seq);
  if (row === null) return null;
  if (row.scope !== scope) {
    throw new Error(`Outbox row ${settle.seq} belongs to scope ${row.scope}, not to the write of scope ${scope}.`);
  }
  if (settle.state === 'done') {
    if (row.state !== 'ready' || isAt(tables, row, settle.version)) lanes.remove(settle.seq);
    return row;
  }
  // Two marks in one lane would say the same; the older one keeps its place and its write id.
  if (settle.state === 'ready') lanes.removeMarks(row, settle.seq);
  const { seq, state, attempts, notBefore, error, field = null, refusal = null, uncertain = false } = settle;
  lanes.update({ seq, state, attempts, notBefore, error, field, uncertain, refusal, now });
  return row;
}

/** Takes a dead row up again, with its number and write id. Null if it is not dead any more. */
export function retryLane({ lanes }: Tables, { seq, state }: OutboxRetry, now: number): OutboxRow | null {
  const row = lanes.find(seq);
  if (row?.state !== 'dead') return null;
  if (state === 'ready') lanes.removeMarks(row, seq);
  const { error, field } = row;
  const uncertain = state === 'ready' ? false : row.uncertain;
  lanes.update({ seq, state, attempts: 0, notBefore: now, error, field, uncertain, refusal: null, now });
  return row;
}

function isAt({ documents }: Tables, row: Lane, version: string | null | undefined): boolean {
  if (version === undefined) return true;
  return documents.versionOf(row.scope, row) === version;
}
