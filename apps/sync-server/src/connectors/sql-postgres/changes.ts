import type { JsonValue } from '@datastores/core/schema';
import { type Page, SystemError } from '../connector.ts';
import type { PassCursor, Position } from '../sql/cursor.ts';
import { type Passes, readLists, readPass } from '../sql/read-lists.ts';
import { type Reading, readOnly } from '../sql/scan.ts';
import type { Query } from '../sql/session.ts';
import type { SlotNames } from './cdc/names.ts';
import { parseCursor, type TimeCursor, type TransactionCursor } from './cursor.ts';
import { listMarked, listUnmarked } from './list-marks.ts';
import { markOf } from './mark.ts';
import type { PostgresShape } from './shape.ts';

/**
 * Records that changed since a cursor, each as it is when its page is read. Ends where nothing more is readable; a cycle
 * that finds nothing yields no page and leaves the cursor as it was.
 */
export async function* readChanges(
  reading: Reading<PostgresShape>,
  cursor: JsonValue,
  readLog: ReadLog,
): AsyncGenerator<Page> {
  const { options, slot } = await reading.shape();
  if (slot !== null) {
    yield* readLog(reading, slot, cursor);
    return;
  }
  const since = parseCursor(cursor, options);
  if (options.mode !== 'stamp') {
    yield* readTransactions(reading, since as TransactionCursor | null);
  } else {
    const toJson = (at: PassCursor) => ({ mode: 'stamp', ...at }) satisfies TimeCursor;
    yield* readPass(reading, STAMPS, { since: since as TimeCursor | null, toJson });
  }
}

/** Reads the changes of a stream of mode `cdc`. */
export type ReadLog = (reading: Reading<PostgresShape>, names: SlotNames, cursor: JsonValue) => AsyncIterable<Page>;

/**
 * Only rows of transactions older than the oldest that still runs are passed: nothing can appear below them any more. So
 * a transaction that stays open holds back all later changes, and no late commit is skipped.
 */
async function* readTransactions(
  reading: Reading<PostgresShape>,
  since: TransactionCursor | null,
): AsyncGenerator<Page> {
  const shape = await reading.shape();
  const { mode } = shape.options;
  const { type } = markOf(shape);
  if (since) await requireSameHistory(reading, since);
  const settled = `mark < pg_snapshot_xmin(pg_current_snapshot())${type === 'xid8' ? '' : '::text::bigint'}`;
  const cursorAt = (at: Position): TransactionCursor => ({ mode: mode === 'xid' ? 'xid' : 'xmin', at });
  let at = since?.at ?? null;
  if (mode === 'xid' && (at === null || at.mark === null)) {
    yield* readLists(reading, shape, { start: at, cursorAt, list: listUnmarked });
    at = null;
  }
  const list = (query: Query, of: PostgresShape, after: Position | null) =>
    listMarked(query, of, { after, from: null, readable: settled, values: [] });
  yield* readLists(reading, shape, { start: at, cursorAt, list });
}

const STAMPS: Passes<PostgresShape> = {
  begin: beginPass,
  listUnmarked,
  listMarked:
    ({ from, upto }) =>
    (query, shape, after) => {
      const { type } = markOf(shape);
      return listMarked(query, shape, { from, readable: `mark <= $1::${type}`, values: [upto], after });
    },
  tellsDeletions: false,
};

/** The clock of the database, in the type of the stamps: stamps without a zone are taken to be in the zone of the database. */
async function beginPass(query: Query, shape: PostgresShape, last: string | null) {
  const { type } = markOf(shape);
  const zone = `(select reset_val from pg_settings where name = 'TimeZone')`;
  const clock = type.includes('with time zone') ? 'now()' : `(now() at time zone ${zone})`;
  const rows = await query(`select ${clock}::${type}::text, ($1::${type} - $2::text::interval)::${type}::text`, [
    last,
    `${shape.options.overlapMs} milliseconds`,
  ]);
  const [upto, from] = rows[0] ?? [];
  return { upto: String(upto), from: from === null || from === undefined ? null : String(from) };
}

/** Transaction numbers that start again mean another cluster, or one that was restored from a dump. */
async function requireSameHistory(reading: Reading<PostgresShape>, since: TransactionCursor): Promise<void> {
  const { mark } = since.at;
  if (mark === null) return;
  const rows = await readOnly(reading, (query) =>
    query('select $1::numeric < pg_snapshot_xmax(pg_current_snapshot())::text::numeric', [mark]),
  );
  if (rows[0]?.[0] === true) return;
  throw new SystemError(
    'cursor-lost',
    `The database has not reached transaction ${mark} yet: it is not the one read before.`,
  );
}
