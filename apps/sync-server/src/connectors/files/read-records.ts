import type { JsonValue } from '@datastores/core/schema';
import { z } from 'zod';
import {
  type Change,
  type Context,
  type ExternalRecord,
  type Item,
  type Page,
  SystemError,
  type Write,
} from '../connector.ts';
import type { Exchange } from './exchange.ts';
import type { IndexRow } from './index-reader.ts';

/** Point reads, of what all files up to now say. */
export async function getRecords(
  exchange: Exchange,
  keys: readonly string[],
  context: Context,
): Promise<ReadonlyMap<string, Item>> {
  await exchange.refresh(context);
  const found = new Map<string, Item>();
  for (const key of keys) {
    const data = exchange.reader.record(key);
    if (data) found.set(key, toItem(key, data));
  }
  return found;
}

/** What changed behind a position. Throws SystemError `cursor-lost` for a position in an index that is no more. */
export async function* readChanges(exchange: Exchange, cursor: JsonValue, context: Context): AsyncGenerator<Page> {
  await exchange.refresh(context);
  const { reader, options } = exchange;
  const index = reader.epoch() ?? '';
  const first = parseCursor(cursor);
  if (first && (first.index !== index || first.seq > reader.lastSeq())) {
    throw new SystemError('cursor-lost', `The index of ${exchange.name} was made anew.`);
  }
  let seq = first?.seq ?? 0;
  for (;;) {
    requireTime(context);
    const rows = reader.changedAfter(seq, options.pageSize);
    if (rows.length === 0) return;
    seq = rows.at(-1)?.seq ?? seq;
    // Who has read nothing yet need not hear of what is gone.
    const changes = first ? rows.map(toChange) : rows.filter(({ data }) => data !== null).map(toChange);
    yield { changes, cursor: { index, seq } };
  }
}

/** Every record in the order of the bytes of its key. */
export async function* scanRecords(exchange: Exchange, after: string | null, context: Context): AsyncGenerator<Page> {
  await exchange.refresh(context);
  let last = after;
  for (;;) {
    requireTime(context);
    const rows = exchange.reader.keysAfter(last, exchange.options.pageSize);
    if (rows.length === 0) return;
    last = rows.at(-1)?.key ?? last;
    yield { changes: rows.map(toChange), cursor: last };
  }
}

/** Was this write handed over? Looked up in `sent`, so that it is known whoever did it. */
export function findWrite(exchange: Exchange, write: Write, context: Context): Promise<Item | null> {
  return exchange.exclusively(context, async ({ inside }) => {
    const key = inside.sentKey(write.id);
    return key === null ? null : toItem(key, inside.record(key) ?? {});
  });
}

/** A record as an item. */
export function toItem(key: string, data: ExternalRecord): Item {
  return { key, data };
}

function toChange({ key, data }: IndexRow): Change {
  return data === null ? { op: 'delete', key } : { op: 'put', ...toItem(key, data) };
}

function requireTime({ signal }: Context): void {
  if (signal.aborted) throw new SystemError('down', 'The call was cancelled.');
}

function parseCursor(cursor: JsonValue): z.output<typeof cursorSchema> | null {
  if (cursor === null) return null;
  const parsed = cursorSchema.safeParse(cursor);
  if (parsed.success) return parsed.data;
  throw new SystemError('cursor-lost', 'The cursor was not made by this connector.');
}

const cursorSchema = z.strictObject({ index: z.string(), seq: z.number().int().nonnegative() });
