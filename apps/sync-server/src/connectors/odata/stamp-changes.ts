import type { JsonValue } from '@datastores/core/schema';
import { z } from 'zod';
import { type Change, type Item, type Page, SystemError } from '../connector.ts';
import { createCircleGuard } from '../rest/circle-guard.ts';
import { readCollection } from './collection.ts';
import { isTombstone, toItem } from './record.ts';
import { boundsOf, isBehind } from './record-key.ts';
import { addressOf, allOf, type Service } from './service.ts';

/**
 * Records that changed since a cursor, in passes: a pass goes up by stamp and key, from a time on to its end; the next
 * one begins at the clock the service had when the pass began, less the overlap. A pass that finds nothing yields no
 * page. Records without a stamp are left to the scan.
 */
export async function* readStamped(service: Service, cursor: JsonValue): AsyncGenerator<Page> {
  const { stream, context } = service;
  if (stream.changes?.by !== 'stamp') return;
  const { property, overlapMs } = stream.changes;
  const last = parseCursor(cursor);
  const resumed = last !== null && last.at !== null;
  const from = resumed ? last.from : last && last.upto - overlapMs;
  let upto = resumed ? last.upto : undefined;
  let at = resumed ? last.at : null;
  let seen = last?.upto ?? 0;
  const goesOn = createCircleGuard();
  for (;;) {
    const since = from === null ? `${property} ne null` : `${property} ge ${new Date(from).toISOString()}`;
    const page = await readCollection(service, addressBehind(service, at, since));
    upto ??= page.date;
    const items = page.records.map((record) => toItem(stream, record));
    const end = items.at(-1);
    // Only an empty page is the last: no service is trusted to fill its pages.
    const next = end ? { stamp: stampOf(service, end), key: end.key } : null;
    seen = Math.max(seen, ...items.map((item) => Date.parse(stampOf(service, item))));
    // Without a clock over there only what was seen says how far we are; a stamp in the future must not.
    const reached = upto ?? Math.min(seen, context.now());
    if (end || at)
      yield { changes: items.map((item) => toChange(service, item)), cursor: { from, upto: reached, at: next } };
    if (!next) return;
    goesOn(JSON.stringify(next));
    at = next;
  }
}

type Cursor = z.output<typeof cursorSchema>;

function addressBehind(service: Service, at: Cursor['at'], since: string): string {
  const { stream } = service;
  const { property } = stream.changes as { readonly property: string };
  const bounds = at && boundsOf(stream, at.key);
  if (at && !bounds) throw new SystemError('cursor-lost', 'The cursor names a key that no record can have.');
  const condition = at && bounds ? isBehind([[property, at.stamp], ...bounds]) : since;
  return addressOf(service, {
    $filter: allOf(stream.filter, condition),
    $orderby: [property, ...stream.key.map(({ name }) => name)].join(','),
    $top: stream.pageSize,
  });
}

/** The stamp as the service writes it: rounded, it would skip or repeat records of one moment. */
function stampOf({ stream }: Service, item: Item): string {
  const { property } = stream.changes as { readonly property: string };
  const stamp = item.data[property];
  if (typeof stamp === 'string' && stampForm.test(stamp)) return stamp;
  throw new SystemError('shape', `${property} of ${stream.set} is no Edm.DateTimeOffset: ${JSON.stringify(stamp)}.`);
}

function toChange({ stream }: Service, item: Item): Change {
  return isTombstone(stream, item) ? { op: 'delete', key: item.key } : { op: 'put', ...item };
}

function parseCursor(cursor: JsonValue): Cursor | null {
  if (cursor === null) return null;
  const parsed = cursorSchema.safeParse(cursor);
  if (parsed.success) return parsed.data;
  throw new SystemError('cursor-lost', 'The cursor was not made by this connector.');
}

// It goes into a filter, so nothing else may.
const stampForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/i;
const cursorSchema = z.strictObject({
  from: z.number().nullable(),
  upto: z.number(),
  at: z.strictObject({ stamp: z.string().regex(stampForm), key: z.string() }).nullable(),
});
