import type { JsonValue } from '@datastores/core/schema';
import { type Page, SystemError } from '../connector.ts';
import { type Cursor, parseCursor, type TimeCursor, type TransactionCursor } from './cursor.ts';
import { toSystemError } from './failure.ts';
import { listMarked, listUnmarked, type Marked } from './list-marks.ts';
import { markOf } from './mark.ts';
import { LISTED_AT_ONCE, type Reading, readPage } from './scan.ts';
import type { Query } from './session.ts';
import type { Shape } from './shape.ts';

/**
 * Records that changed since a cursor, each as it is when its page is read. Ends where nothing more is readable; a cycle
 * that finds nothing yields no page and leaves the cursor as it was.
 */
export async function* readChanges(reading: Reading, cursor: JsonValue): AsyncGenerator<Page> {
  const shape = await reading.shape();
  const since = parseCursor(cursor, shape.options);
  if (shape.options.mode !== 'stamp') {
    yield* readTransactions(reading, shape, since as TransactionCursor | null);
  } else {
    yield* readPass(reading, shape, since as TimeCursor | null);
  }
}

/**
 * Only rows of transactions older than the oldest that still runs are passed: nothing can appear below them any more. So
 * a transaction that stays open holds back all later changes, and no late commit is skipped.
 */
async function* readTransactions(
  reading: Reading,
  shape: Shape,
  since: TransactionCursor | null,
): AsyncGenerator<Page> {
  const { mode } = shape.options;
  const { type } = markOf(shape);
  if (since) await requireSameHistory(reading, since);
  const settled = `mark < pg_snapshot_xmin(pg_current_snapshot())${type === 'xid8' ? '' : '::text::bigint'}`;
  const cursorAt = (at: Marked['at']): TransactionCursor => ({ mode: mode === 'xid' ? 'xid' : 'xmin', at });
  let at = since?.at ?? null;
  if (mode === 'xid' && (at === null || at.mark === null)) {
    yield* readLists(reading, shape, { start: at, cursorAt, list: listUnmarked });
    at = null;
  }
  const list = (query: Query, of: Shape, after: Cursor['at']) =>
    listMarked(query, of, { after, from: null, readable: settled, values: [] });
  yield* readLists(reading, shape, { start: at, cursorAt, list });
}

/** Rows without a stamp come first in every pass: only their content can tell whether they changed. */
async function* readPass(reading: Reading, shape: Shape, since: TimeCursor | null): AsyncGenerator<Page> {
  const resumed = since?.at ? since : null;
  const pass = resumed ?? { ...(await beginPass(reading, shape, since?.upto ?? null)), mode: 'stamp' as const };
  const cursorAt = (at: TimeCursor['at']): TimeCursor => ({ mode: 'stamp', from: pass.from, upto: pass.upto, at });
  const { type } = markOf(shape);
  let at = resumed?.at ?? null;
  let pages = 0;
  if (at === null || at.mark === null) {
    for await (const page of readLists(reading, shape, { start: at, cursorAt, list: listUnmarked })) {
      pages += 1;
      yield page;
    }
    at = null;
  }
  const range = { from: pass.from, readable: `mark <= $1::${type}`, values: [pass.upto] };
  const list = (query: Query, of: Shape, after: Cursor['at']) => listMarked(query, of, { ...range, after });
  for await (const page of readLists(reading, shape, { start: at, cursorAt, list })) {
    pages += 1;
    yield page;
  }
  // Without this page a resumed pass would be taken up at its last position for ever.
  if (pages > 0 || resumed) yield { changes: [], cursor: cursorAt(null) };
}

interface Listing {
  readonly start: Cursor['at'];
  readonly list: (query: Query, shape: Shape, after: Cursor['at']) => Promise<Marked[]>;
  readonly cursorAt: (at: Marked['at']) => Cursor;
}

async function* readLists(reading: Reading, shape: Shape, listing: Listing): AsyncGenerator<Page> {
  let after = listing.start;
  for (;;) {
    const start = after;
    const marked = await readOnly(reading, (query) => listing.list(query, shape, start));
    for (let at = 0; at < marked.length; at += reading.pageSize) {
      const page = marked.slice(at, at + reading.pageSize);
      const items = await readPage(
        reading,
        shape,
        page.map(({ key }) => key),
      );
      const last = page.at(-1);
      if (!last) break;
      after = last.at;
      yield { changes: items.map((item) => ({ op: 'put', ...item })), cursor: listing.cursorAt(last.at) as JsonValue };
    }
    if (marked.length < LISTED_AT_ONCE) return;
  }
}

/** The clock of the database, in the type of the stamps: stamps without a zone are taken to be in the zone of the database. */
async function beginPass(reading: Reading, shape: Shape, last: string | null) {
  const { type } = markOf(shape);
  const zone = `(select reset_val from pg_settings where name = 'TimeZone')`;
  const clock = type.includes('with time zone') ? 'now()' : `(now() at time zone ${zone})`;
  const rows = await readOnly(reading, (query) =>
    query(`select ${clock}::${type}::text, ($1::${type} - $2::text::interval)::${type}::text`, [
      last,
      `${shape.options.overlapMs} milliseconds`,
    ]),
  );
  const [upto, from] = rows[0] ?? [];
  return { upto: String(upto), from: from === null || from === undefined ? null : String(from) };
}

/** Transaction numbers that start again mean another cluster, or one that was restored from a dump. */
async function requireSameHistory(reading: Reading, since: TransactionCursor): Promise<void> {
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

async function readOnly<T>(reading: Reading, work: (query: Query) => Promise<T>): Promise<T> {
  try {
    return await reading.session.read(reading.context, work);
  } catch (error) {
    throw toSystemError(error);
  }
}
