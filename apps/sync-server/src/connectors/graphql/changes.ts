import type { JsonValue } from '@datastores/core/schema';
import { z } from 'zod';
import { type Change, type Item, type Page, SystemError } from '../connector.ts';
import { createCircleGuard } from '../rest/circle-guard.ts';
import { valueAt } from '../rest/dot-path.ts';
import { stampOf, timeOfStamp } from '../rest/stamp.ts';
import type { StreamOptions } from './options.ts';
import { type ListPage, type Position, readPage } from './read-page.ts';
import { isTombstone } from './record.ts';
import type { Service } from './service.ts';

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
  const time = from === null ? null : stampOf(from, since.format);
  for (let first = true; ; first = false) {
    const page = first && at !== null ? await resume(service, at, time) : await readPage(service, at, time);
    upto ??= page.date;
    seen = Math.max(
      seen,
      ...page.items.map(({ data }) => timeOfStamp(valueAt(data as JsonValue, since.field), since.format)),
    );
    // Without a clock over there only what was seen says how far we are; a stamp in the future must not.
    const reached = upto ?? Math.min(seen, service.context.now());
    found ||= page.items.length > 0;
    const changes = page.items.map((item) => toChange(service.stream, item));
    if (found) yield { changes, cursor: { from, upto: reached, at: page.next ?? null } };
    if (page.next === undefined) return;
    goesOn(JSON.stringify(page.next));
    at = page.next;
  }
}

/** A record of a list as a change: a tombstone is a deletion. */
export function toChange(stream: StreamOptions, item: Item): Change {
  return isTombstone(stream, item) ? { op: 'delete', key: item.key } : { op: 'put', ...item };
}

/** A position that the service knows no more costs a pass from its beginning, and loses nothing. */
async function resume(service: Service, at: Position, from: string | number | null): Promise<ListPage> {
  try {
    return await readPage(service, at, from);
  } catch (error) {
    if (!(error instanceof SystemError) || (error.kind !== 'shape' && error.kind !== 'cursor-lost')) throw error;
    service.context.log('graphql-list-resumed-from-start', { stream: service.name, reason: error.message });
    return readPage(service, null, from);
  }
}

function parseCursor(cursor: JsonValue): z.output<typeof cursorSchema> | null {
  if (cursor === null) return null;
  const parsed = cursorSchema.safeParse(cursor);
  if (parsed.success) return parsed.data;
  throw new SystemError('cursor-lost', 'The cursor was not made by this connector.');
}

const cursorSchema = z.strictObject({
  from: z.number().nullable(),
  upto: z.number(),
  at: z.union([z.string(), z.strictObject({ stamp: z.union([z.string(), z.number()]), key: z.string() })]).nullable(),
});
