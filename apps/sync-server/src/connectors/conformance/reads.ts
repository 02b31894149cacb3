import type { JsonValue } from '@datastores/core/schema';
import type { ExternalRecord, Item, Page, Stream } from '../connector.ts';
import { expectThat } from './check.ts';
import { createContext } from './context.ts';

/** What came of reading changes to their end. */
export interface Drained {
  readonly items: Item[];
  readonly deleted: string[];
  readonly cursor: JsonValue;
}

/**
 * Reads changes until nothing more comes, each time with the cursor as it comes back from the store. `onePageEach` takes
 * up every page's cursor anew, as after a restart.
 */
export async function drain(
  stream: Stream,
  from: JsonValue,
  options: { readonly onePageEach?: boolean } = {},
): Promise<Drained> {
  const [items, deleted]: [Item[], string[]] = [[], []];
  const seen = new Set<string>();
  let [cursor, nothingNew] = [from, 0];
  for (let rounds = 0; rounds < MOST_ROUNDS; rounds += 1) {
    let pages = 0;
    for await (const page of stream.changes?.(cursor, createContext()) ?? []) {
      pages += 1;
      expectThat(pages < MOST_ROUNDS, `changes did not come to an end in ${MOST_ROUNDS} pages`);
      cursor = stored(page.cursor);
      const known = seen.size;
      for (const change of page.changes) {
        seen.add(JSON.stringify(change));
        if (change.op === 'delete') deleted.push(change.key);
        else items.push(change);
      }
      nothingNew = seen.size === known ? nothingNew + 1 : 0;
      if (options.onePageEach) break;
    }
    // A cursor in time reads its overlap again for ever; it is through when two whole passes brought nothing else.
    if (!options.onePageEach || pages === 0 || nothingNew > 2 * seen.size + 4) return { items, deleted, cursor };
  }
  expectThat(false, `changes, taken up anew after each page, did not come to an end in ${MOST_ROUNDS} pages`);
}

const MOST_ROUNDS = 500;

/** A cursor as the store gives it back. */
export function stored(cursor: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(cursor) ?? 'null') as JsonValue;
}

/** All records of a scan, in the order they came. */
export async function scanAll(stream: Stream, after: string | null): Promise<Item[]> {
  const items: Item[] = [];
  for await (const page of stream.scan?.(after, createContext()) ?? []) items.push(...putsOf(page));
  return items;
}

/** The records of a page. */
export function putsOf(page: Page): Item[] {
  return page.changes.flatMap((change) => (change.op === 'put' ? [change] : []));
}

/** The one record, which must be there. */
export async function getOne(stream: Stream, key: string): Promise<Item> {
  const item = (await stream.get([key], createContext())).get(key);
  expectThat(item !== undefined, `get does not find the record ${JSON.stringify(key)}, which is there`);
  return item;
}

/** The names of records, sorted, each once. */
export function namesOf(items: readonly { readonly data: ExternalRecord }[]): string[] {
  return [...new Set(items.map(({ data }) => String(data.name)))].sort();
}

/** Throws unless all of these names were read. */
export function expectNames(items: readonly Item[], names: readonly string[]): void {
  const read = new Set(namesOf(items));
  const lost = names.filter((name) => !read.has(name));
  expectThat(lost.length === 0, () => `never read: ${lost.join(', ')} (read: ${[...read].join(', ') || 'nothing'})`);
}
