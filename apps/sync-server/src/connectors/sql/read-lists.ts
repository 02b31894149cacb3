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
    for (let at = 0; at < marked.length; at += reading.pageSize) {
      const page = marked.slice(at, at + reading.pageSize);
      const last = page.at(-1);
      if (!last) break;
      const keys = page.map(({ key }) => key);
      const items = await readOnly(reading, (query) => reading.dialect.readItems(query, shape, { keys }));
      const changes = keys.flatMap((key): Change[] => {
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
