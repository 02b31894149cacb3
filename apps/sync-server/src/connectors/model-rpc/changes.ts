import type { JsonValue } from '@datastores/core/schema';
import { z } from 'zod';
import { type Page, SystemError } from '../connector.ts';
import type { Condition, Domain, Newest } from './orm.ts';
import { type Reading, readItems } from './reading.ts';

/**
 * Records that changed since a cursor, in passes. A pass reads, in the order of their numbers, all records with a stamp
 * from a time on, so that any number of equal stamps is walked through; a record that changes behind it is in the next
 * pass. That begins at the newest stamp there was before this one, less the overlap: a time of the database itself.
 */
export async function* readChanges(reading: Reading, cursor: JsonValue): AsyncGenerator<Page> {
  const last = parseCursor(cursor);
  const pass = last !== null && last.at !== null ? last : await beginPass(reading, last);
  if (pass === null) return;
  const { pageSize } = reading.options;
  let at = pass.at;
  let told = at !== null;
  for (;;) {
    const behind: Domain[] = at === null ? [] : [[['id', '>', at]]];
    const items = await readItems(reading, [...since(reading, pass.from), ...behind], pageSize);
    const complete = items.length < pageSize;
    at = complete ? null : Number(items.at(-1)?.key);
    told ||= items.length > 0;
    if (told) yield { changes: items.map((item) => ({ op: 'put', ...item })), cursor: { ...pass, at } };
    if (complete) return;
  }
}

type Cursor = z.output<typeof cursorSchema>;

/** Null: nothing has changed since the last pass, and nothing that commits late can still come. */
async function beginPass(reading: Reading, last: Cursor | null): Promise<Cursor | null> {
  const { overlapMs } = reading.options;
  const now = reading.context.now();
  const { stamp, clock } = await newestOf(reading);
  // A stamp in the future must not hide what is written until then.
  const upto = Math.min(stamp ?? 0, clock ?? now);
  const same = last !== null && upto === last.upto;
  // Some pass must have begun when everything older than the newest stamp was committed, and found nothing newer.
  if (same && last.begunAt - last.seenAt > overlapMs) return null;
  const from = last === null ? null : last.upto - overlapMs;
  return { from, upto, seenAt: same ? last.seenAt : now, begunAt: now, at: null };
}

async function newestOf({ orm, shape, context }: Reading): Promise<Newest> {
  let [stamp, clock]: [number | null, number | null] = [null, null];
  for (const model of new Set([shape.model, ...[...shape.lists.values()].map((list) => list.model)])) {
    const newest = await orm.newest(model, context);
    stamp = Math.max(stamp ?? 0, newest.stamp ?? 0);
    clock ??= newest.clock;
  }
  return { stamp, clock };
}

/** A child that was changed is a change of its record, whose own stamp says nothing of it. */
function since({ orm, shape }: Reading, from: number | null): Domain[] {
  if (from === null) return [];
  const time = orm.time(from);
  const paths = ['', ...[...shape.lists.keys()].map((name) => `${name}.`)];
  return [orm.anyOf(paths.flatMap((path) => orm.stamps.map((stamp): Condition => [`${path}${stamp}`, '>=', time])))];
}

function parseCursor(cursor: JsonValue): Cursor | null {
  if (cursor === null) return null;
  const parsed = cursorSchema.safeParse(cursor);
  if (parsed.success) return parsed.data;
  throw new SystemError('cursor-lost', 'The cursor was not made by this connector.');
}

/**
 * `from` and `upto` are times over there, milliseconds since 1970 with fractions. `seenAt` is our time when `upto` was
 * first seen, `begunAt` when the pass began: these are compared with each other alone. `at` is the last record read, null
 * once the pass is complete.
 */
const cursorSchema = z.strictObject({
  from: z.number().nullable(),
  upto: z.number(),
  seenAt: z.number(),
  begunAt: z.number(),
  at: z.number().int().nullable(),
});
