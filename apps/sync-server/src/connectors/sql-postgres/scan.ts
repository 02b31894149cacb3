import type { Context, Item, Page } from '../connector.ts';
import { toSystemError } from './failure.ts';
import { orderByKey, readItems } from './read-items.ts';
import type { Session } from './session.ts';
import { quoteTable, type Shape } from './shape.ts';

/** What it takes to read one stream. */
export interface Reading {
  readonly session: Session;
  readonly shape: () => Promise<Shape>;
  readonly pageSize: number;
  readonly context: Context;
}

/**
 * Every record in ascending order of the bytes of its key text, resumable after any key. The cursor of a page is its
 * last key. Keys are listed thousands at a time, because that order has no index: each list sorts the whole table.
 */
export async function* scanRecords(reading: Reading, after: string | null): AsyncGenerator<Page> {
  const shape = await reading.shape();
  let last = after;
  for (;;) {
    const keys = await listKeys(reading, shape, last);
    for (let at = 0; at < keys.length; at += reading.pageSize) {
      const page = keys.slice(at, at + reading.pageSize);
      const items = await readPage(reading, shape, page);
      last = page.at(-1) ?? last;
      yield { changes: items.map((item) => ({ op: 'put', ...item })), cursor: last };
    }
    if (keys.length < LISTED_AT_ONCE) return;
  }
}

/** Reads the records of some keys in their order; those that are gone by now are left out. */
export async function readPage(reading: Reading, shape: Shape, keys: readonly string[]): Promise<Item[]> {
  try {
    const items = await reading.session.read(reading.context, (query) => readItems(query, shape, { keys }));
    return keys.map((key) => items.get(key)).filter((item) => item !== undefined);
  } catch (error) {
    throw toSystemError(error);
  }
}

/** Enough that a large table is sorted rarely, few enough to hold in memory. */
export const LISTED_AT_ONCE = 10_000;

async function listKeys(reading: Reading, shape: Shape, after: string | null): Promise<string[]> {
  const key = orderByKey(shape);
  const sql = `
    select ${key} from ${quoteTable(shape.table.name)} t
    where $1::text is null or ${key} > $1 order by ${key} limit ${LISTED_AT_ONCE}`;
  try {
    const rows = await reading.session.read(reading.context, (query) => query(sql, [after]));
    return rows.map(([text]) => String(text));
  } catch (error) {
    throw toSystemError(error);
  }
}
