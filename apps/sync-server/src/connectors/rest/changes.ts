import type { JsonValue } from '@datastores/core/schema';
import { z } from 'zod';
import { type Change, type Item, type Page, SystemError } from '../connector.ts';
import { createCircleGuard } from './circle-guard.ts';
import { valueAt } from './dot-path.ts';
import type { StreamOptions } from './options.ts';
import { type Position, readPage } from './read-page.ts';
import { isTombstone } from './record.ts';
import type { Service } from './service.ts';
import { stampOf, timeOfStamp } from './stamp.ts';

/**
 * Records that changed since a cursor, in passes: a pass reads the list from a time on; when it is complete, the next one
 * begins at the clock the service had when the pass began, less the overlap. A pass that finds nothing yields no page.
 */
export async function* readChanges(service: Service, cursor: JsonValue): AsyncGenerator<Page> {
  const { since } = service.stream.list;
  if (!since) return;
  const last = parseCursor(cursor);
  const resumed = last !== null && last.at !== null;
  const from = resumed ? last.from : last && last.upto - since.overlapMs;
  let upto = resumed ? last.upto : undefined;
  let at: Position = resumed ? last.at : null;
  let seen = last?.upto ?? 0;
  let found = resumed;
  const goesOn = createCircleGuard();
  for (;;) {
    const page = await readPage(service, at, from === null ? null : stampOf(from, since.format));
    upto ??= page.date;
    seen = Math.max(
      seen,
      ...page.items.map(({ data }) => timeOfStamp(valueAt(data as JsonValue, since.field), since.format)),
    );
    // Without a clock over there only what was seen says how far we are; a stamp in the future must not.
    const reached = upto ?? Math.min(seen, service.context.now());
    found ||= page.items.length > 0;
    if (found)
      yield {
        changes: page.items.map((item) => toChange(service.stream, item)),
        cursor: cursorOf(from, reached, page.next),
      };
    if (page.next === undefined) return;
    goesOn(page.next);
    at = page.next;
  }
}

/** A record of a list as a change: a tombstone is a deletion. */
export function toChange(stream: StreamOptions, item: Item): Change {
  return isTombstone(stream, item) ? { op: 'delete', key: item.key } : { op: 'put', ...item };
}

type Cursor = z.output<typeof cursorSchema>;

function cursorOf(from: number | null, upto: number, next: Position | undefined): Cursor {
  return { from, upto, at: next ?? null };
}

function parseCursor(cursor: JsonValue): Cursor | null {
  if (cursor === null) return null;
  const parsed = cursorSchema.safeParse(cursor);
  if (parsed.success) return parsed.data;
  throw new SystemError('cursor-lost', 'The cursor was not made by this connector.');
}

const cursorSchema = z.strictObject({
  from: z.number().nullable(),
  upto: z.number(),
  at: z
    .union([
      z.string(),
      z.number(),
      z.strictObject({ stamp: z.union([z.string(), z.number()]).nullable(), key: z.string(), skip: z.number() }),
    ])
    .nullable(),
});
