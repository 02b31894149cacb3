import type { Context, Item, Page } from '../connector.ts';
import type { Dialect } from './dialect.ts';
import { toSystemError } from './failure.ts';
import type { Query, Session } from './session.ts';
import type { Shape } from './shape.ts';

/** What it takes to read one stream. */
export interface Reading<S extends Shape = Shape> {
  readonly dialect: Dialect<S>;
  readonly session: Session;
  readonly shape: () => Promise<S>;
  readonly pageSize: number;
  readonly context: Context;
}

/** Enough that a large table is sorted rarely, few enough to hold in memory. */
export const LISTED_AT_ONCE = 10_000;

/**
 * Every record in ascending order of the bytes of its key text, resumable after any key. The cursor of a page is its
 * last key. Keys are listed thousands at a time, because that order has no index: each list sorts the whole table.
 */
export async function* scanRecords<S extends Shape>(reading: Reading<S>, after: string | null): AsyncGenerator<Page> {
  const shape = await reading.shape();
  let last = after;
  for (;;) {
    const from = last;
    const keys = await readOnly(reading, (query) => reading.dialect.listKeys(query, shape, from));
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
export async function readPage<S extends Shape>(
  reading: Reading<S>,
  shape: S,
  keys: readonly string[],
): Promise<Item[]> {
  const items = await readOnly(reading, (query) => reading.dialect.readItems(query, shape, { keys }));
  return keys.map((key) => items.get(key)).filter((item) => item !== undefined);
}

/** Reads from one snapshot. Throws SystemError. */
export async function readOnly<S extends Shape, T>(
  reading: Reading<S>,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const { dialect, session, context } = reading;
  try {
    return await session.read(context, work);
  } catch (error) {
    throw toSystemError(dialect.classify, dialect.name, error);
  }
}
