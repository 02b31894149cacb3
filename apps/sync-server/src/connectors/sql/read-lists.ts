import type { JsonValue } from '@datastores/core/schema';
import type { Change, Page } from '../connector.ts';
import type { PassCursor, Position } from './cursor.ts';
import { LISTED_AT_ONCE, type Reading, readOnly } from './scan.ts';
import type { Query } from './session.ts';
import type { Shape } from './shape.ts';

/** A record that changed: its key, and where `changes` stands once it was read. */
export interface Marked {
  readonly key: string;
  readonly at: Position;
}

/** A list of changed records, to be read page by page. */
export interface Listing<S extends Shape = Shape> {
  readonly start: Position | null;
  /** At most LISTED_AT_ONCE records behind a position, in their order. */
  readonly list: (query: Query, shape: S, after: Position | null) => Promise<Marked[]>;
  readonly cursorAt: (at: Position) => JsonValue;
  /** Rows marked as deleted stay listed, so what is listed and not there any more is told as a deletion. */
  readonly tellsDeletions?: boolean;
}

/** The records of a list, each as it is when its page is read. */
export async function* readLists<S extends Shape>(
  reading: Reading<S>,
  shape: S,
  listing: Listing<S>,
): AsyncGenerator<Page> {
  let after = listing.start;
  for (;;) {
    const start = after;
    const marked = await readOnly(reading, (query) => listing.list(query, shape, start));
    const read = (keys: readonly string[]) =>
      readOnly(reading, (query) => reading.dialect.readItems(query, shape, { keys }));
    for await (const { page, items } of readAhead(pagesOf(marked, reading.pageSize), read)) {
      const last = page.at(-1);
      if (!last) break;
      const changes = page.flatMap(({ key }): Change[] => {
        const item = items.get(key);
        if (item) return [{ op: 'put', ...item }];
        return listing.tellsDeletions ? [{ op: 'delete', key }] : [];
      });
      after = last.at;
      yield { changes, cursor: listing.cursorAt(last.at) };
    }
    if (marked.length < LISTED_AT_ONCE) return;
  }
}

/** While a page is worked on, the next one is read already. */
async function* readAhead<T>(
  pages: readonly (readonly Marked[])[],
  read: (keys: readonly string[]) => Promise<T>,
): AsyncGenerator<{ readonly page: readonly Marked[]; readonly items: T }> {
  const start = (at: number): Promise<T> | null => {
    const page = pages[at];
    if (page === undefined) return null;
    const started = read(page.map(({ key }) => key));
    // It may fail before anybody asks for it, or when nobody does any more.
    started.catch(() => {});
    return started;
  };
  let next = start(0);
  for (const [at, page] of pages.entries()) {
    const items = await (next as Promise<T>);
    next = start(at + 1);
    yield { page, items };
  }
}

function pagesOf(marked: readonly Marked[], size: number): readonly (readonly Marked[])[] {
  const pages: (readonly Marked[])[] = [];
  for (let at = 0; at < marked.length; at += size) pages.push(marked.slice(at, at + size));
  return pages;
}

/** How a database lists what has marks. */
export interface Passes<S extends Shape> {
  /** Where the system stands, and where a pass begins after one that went up to `last`. */
  readonly begin: (query: Query, shape: S, last: string | null) => Promise<Pick<PassCursor, 'from' | 'upto'>>;
  /** Records without a mark, by key. */
  readonly listUnmarked: Listing<S>['list'];
  /** Records with a mark of the pass, by mark and key. */
  readonly listMarked: (pass: PassCursor) => Listing<S>['list'];
  readonly tellsDeletions: boolean;
}

/**
 * One pass over the marks. Records without a mark come first in every pass: only their content can tell whether they
 * changed. `toJson` makes the cursor from where the pass stands.
 */
export async function* readPass<S extends Shape>(
  reading: Reading<S>,
  passes: Passes<S>,
  { since, toJson }: { readonly since: PassCursor | null; readonly toJson: (at: PassCursor) => JsonValue },
): AsyncGenerator<Page> {
  const shape = await reading.shape();
  const { tellsDeletions } = passes;
  const resumed = since?.at ? since : null;
  const pass = resumed ?? {
    ...(await readOnly(reading, (query) => passes.begin(query, shape, since?.upto ?? null))),
    at: null,
  };
  const cursorAt = (at: Position | null) => toJson({ from: pass.from, upto: pass.upto, at });
  let at = resumed?.at ?? null;
  let pages = 0;
  if (at === null || at.mark === null) {
    const listing = { start: at, cursorAt, list: passes.listUnmarked, tellsDeletions };
    for await (const page of readLists(reading, shape, listing)) {
      pages += 1;
      yield page;
    }
    at = null;
  }
  const listing = { start: at, cursorAt, list: passes.listMarked(pass), tellsDeletions };
  for await (const page of readLists(reading, shape, listing)) {
    pages += 1;
    yield page;
  }
  // Without this page a resumed pass would be taken up at its last position for ever.
  if (pages > 0 || resumed) yield { changes: [], cursor: cursorAt(null) };
}
