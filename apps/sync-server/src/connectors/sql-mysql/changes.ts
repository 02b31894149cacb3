import type { JsonValue } from '@datastores/core/schema';
import { z } from 'zod';
import { type Page, SystemError } from '../connector.ts';
import { type PassCursor, passFields } from '../sql/cursor.ts';
import { quoteTable } from '../sql/names.ts';
import { type Passes, readPass } from '../sql/read-lists.ts';
import type { Reading } from '../sql/scan.ts';
import type { Query } from '../sql/session.ts';
import { listMarked, listUnmarked } from './list-marks.ts';
import { markOf } from './mark.ts';
import { clockFor, type MysqlShape } from './shape.ts';

/**
 * Records that changed since a cursor, each as it is when its page is read. Ends where nothing more is readable; a cycle
 * that finds nothing yields no page and leaves the cursor as it was.
 */
export async function* readChanges(reading: Reading<MysqlShape>, cursor: JsonValue): AsyncGenerator<Page> {
  const { options } = await reading.shape();
  const { mode } = options;
  const passes: Passes<MysqlShape> = {
    begin: mode === 'stamp' ? beginAtClock : beginAtMarker,
    listUnmarked,
    listMarked:
      ({ from, upto }) =>
      (query, shape, after) =>
        listMarked(query, shape, { from, upto, after }),
    tellsDeletions: options.tombstone !== undefined,
  };
  yield* readPass(reading, passes, { since: parseCursor(cursor, options), toJson: (at) => ({ mode, ...at }) });
}

/** Checks a stored cursor. Throws SystemError `cursor-lost` if it was made in another mode or is damaged. */
function parseCursor(cursor: JsonValue, options: MysqlShape['options']): PassCursor | null {
  if (cursor === null) return null;
  const parsed = cursorSchema.safeParse(cursor);
  const key = parsed.data?.at?.key;
  const marks = [parsed.data?.from, parsed.data?.upto, parsed.data?.at?.mark];
  const fits =
    parsed.data?.mode === options.mode &&
    (key === undefined || key.length === options.key.length) &&
    marks.every((mark) => mark === null || mark === undefined || MARKS[options.mode].test(mark));
  if (parsed.data && fits) return parsed.data;
  throw new SystemError('cursor-lost', `The cursor of ${options.table} was not made in mode ${options.mode}.`);
}

/**
 * Up to the clock of the database, in the form of the stamps. A clock that was put back, as in autumn, puts the beginning
 * back too, and it begins with a whole second: a stamp without fractions is as old as the beginning of its second.
 */
async function beginAtClock(query: Query, shape: MysqlShape, last: string | null) {
  const stamp = shape.table.columns.get(String(shape.options.stamp?.[0]));
  const clock = `cast(${clockFor(stamp, shape.zone)} as datetime(6))`;
  const overlap = `interval ${Math.round(shape.options.overlapMs) * 1_000} microsecond`;
  const rows = await query(
    `select cast(${clock} as char),
       date_format(date_sub(least(cast($1 as datetime(6)), ${clock}), ${overlap}), '%Y-%m-%d %H:%i:%s')`,
    [last],
  );
  const [upto, from] = rows[0] ?? [];
  return { upto: String(upto), from: last === null ? null : String(from) };
}

/** Up to the highest number that is there; a number may be committed later than a higher one. */
async function beginAtMarker(query: Query, shape: MysqlShape, last: string | null) {
  const rows = await query(`select cast(max(${markOf(shape).sql}) as char) from ${quoteTable(shape.table.name)} t`);
  const upto = BigInt(String(rows[0]?.[0] ?? last ?? 0));
  const from = last === null ? null : (BigInt(last) < upto ? BigInt(last) : upto) - BigInt(shape.options.overlapMarks);
  return { upto: String(upto), from: from === null ? null : String(from) };
}

const MARKS = { stamp: /^\d{4}-\d\d-\d\d(?: [\d:.]+)?$/, marker: /^-?\d+$/ } as const;

const cursorSchema = z.strictObject({ mode: z.enum(['stamp', 'marker']), ...passFields });
