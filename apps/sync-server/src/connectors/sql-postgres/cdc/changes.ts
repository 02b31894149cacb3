import type { JsonValue } from '@datastores/core/schema';
import type { Context, Page } from '../../connector.ts';
import { type Reading, readOnly, scanRecords } from '../../sql/scan.ts';
import type { PostgresSession } from '../session.ts';
import type { PostgresShape } from '../shape.ts';
import type { ChangedRow } from './collect.ts';
import { type CdcCursor, parseCdcCursor } from './cursor.ts';
import { laterLsn, lsnNumber, lsnText } from './lsn.ts';
import { heldUp } from './make-slot.ts';
import type { SlotNames } from './names.ts';
import { type OpenSlot, openSlot } from './open-slot.ts';
import { patiently } from './patiently.ts';
import { readRows } from './read-rows.ts';
import { readSlot } from './read-slot.ts';
import type { SourceTable } from './sources.ts';
import { untilThere } from './visible.ts';

/** What mode `cdc` reads with beside the ordinary. */
export interface Following {
  readonly session: PostgresSession;
  readonly names: SlotNames;
  /** Told what the slot is like whenever it was looked at. */
  readonly looked: (slot: OpenSlot, context: Context) => void;
}

/**
 * Records that changed since a cursor, by the log of the database: that says which, and each is read as it is when its
 * page is read. From the beginning: a slot first, then every record, then what the slot tells of meanwhile. What a cursor
 * says was taken over is confirmed when `changes` is called with it, never earlier.
 */
export async function* followLog(
  reading: Reading<PostgresShape>,
  following: Following,
  cursor: JsonValue,
): AsyncGenerator<Page> {
  const { options } = await reading.shape();
  const { context } = reading;
  const since = parseCdcCursor(cursor, options.table);
  const slot = yield* patiently(
    (signal) => openSlot({ ...reading, context: { ...context, signal } }, following, since),
    { sign: { changes: [], cursor }, signal: context.signal },
  );
  following.looked(slot, context);
  const { copy, ...behind } = slot.cursor;
  if (copy?.since !== undefined) {
    const { since } = copy;
    // Kept while it waits, else the slot would be made again and again.
    if ((await hasEnded(reading, since)) === null) yield { changes: [], cursor: slot.cursor };
    await untilThere(
      () => hasEnded(reading, since),
      context.signal,
      () => heldUp(reading, following.names.slot),
    );
  }
  if (copy) {
    for await (const { changes, cursor: after } of scanRecords(reading, copy.after)) {
      yield { changes, cursor: { ...behind, copy: { after: String(after) } } };
    }
    yield { changes: [], cursor: behind };
  }
  // While the table was read the log went on.
  const end = copy ? await endOfLog(reading) : slot.state.flushed;
  yield* readLog(reading, following, { sources: slot.state.sources, cursor: behind, end });
}

/** Null: a transaction with a lower number is open. It may have committed in the log, and be seen by nobody yet. */
async function hasEnded(reading: Reading<PostgresShape>, since: string): Promise<true | null> {
  const rows = await readOnly(reading, (query) =>
    query('select pg_snapshot_xmin(pg_current_snapshot())::text::numeric >= $1::numeric', [since]),
  );
  return rows[0]?.[0] === true ? true : null;
}

async function endOfLog(reading: Reading<PostgresShape>): Promise<bigint> {
  const rows = await readOnly(reading, (query) => query('select pg_current_wal_flush_lsn()::text'));
  return lsnNumber(String(rows[0]?.[0]));
}

interface LogPart {
  readonly sources: readonly SourceTable[];
  readonly cursor: CdcCursor;
  /** Read up to here. */
  readonly end: bigint;
}

/** Windows grow, because each begins with what the slot has not been confirmed for. */
async function* readLog(
  reading: Reading<PostgresShape>,
  { session, names }: Following,
  { sources: tables, cursor, end }: LogPart,
): AsyncGenerator<Page> {
  const sources = new Map(tables.map((source) => [source.oid, source]));
  let at = cursor;
  for (let size = 1; ; size *= 2) {
    const from = lsnNumber(at.lsn);
    // Nothing was written since, by anybody.
    if (from >= end) return;
    const far = from + WINDOW_BYTES * BigInt(size);
    const upTo = laterLsn(from, far < end ? far : end);
    const skip = at.at ? { commit: lsnNumber(at.at.commit), skip: at.at.skip } : null;
    const window = {
      names,
      sources,
      from,
      at: skip,
      upTo,
      messages: Math.min(MESSAGES * size, MOST_MESSAGES),
      most: MOST_ROWS,
    };
    const read = yield* patiently((signal) => readSlot(reading, session, { ...window, signal }), {
      sign: { changes: [], cursor: at },
      signal: reading.context.signal,
    });
    for (let start = 0; start < read.rows.length; start += reading.pageSize) {
      const rows = read.rows.slice(start, start + reading.pageSize);
      const changes = await readRows(reading, rows);
      const last = start + reading.pageSize >= read.rows.length;
      at = last && read.reached !== null ? moved(at, read.reached) : cursorBehind(at, rows.at(-1));
      yield { changes, cursor: at };
    }
    if (read.reached !== null && read.reached - lsnNumber(at.lsn) >= MOVE_BYTES) {
      at = moved(at, read.reached);
      yield { changes: [], cursor: at };
    }
    if (read.reached !== null && read.reached >= end) return;
  }
}

/** Behind a transaction where that was its last row, else within it. */
function cursorBehind(at: CdcCursor, row: ChangedRow | undefined): CdcCursor {
  if (row === undefined) return at;
  const { transaction, number } = row;
  if (transaction.end !== null && number === transaction.count - 1) return moved(at, transaction.end);
  return { ...moved(at, transaction.commit), at: { commit: lsnText(transaction.commit), skip: number + 1 } };
}

function moved({ mode, of }: CdcCursor, lsn: bigint): CdcCursor {
  return { mode, of, lsn: lsnText(lsn) };
}

/** Log to look through at once. */
const WINDOW_BYTES = 256n * 1024n * 1024n;

/** Rows of output to ask for at once. */
const MESSAGES = 20_000;

/** The count is an integer of 32 bits. */
const MOST_MESSAGES = 2_000_000_000;

/** Keys to hold in memory. */
const MOST_ROWS = 250_000;

/** A cursor is moved over log that says nothing of the stream when there is so much of it, so that it need not be kept. */
const MOVE_BYTES = 1024n * 1024n;
