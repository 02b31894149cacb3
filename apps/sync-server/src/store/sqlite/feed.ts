import type { Database } from 'better-sqlite3';
import type { FeedDocument } from '../document.ts';
import type { FeedPage, FeedRequest } from '../store.ts';
import type { ScopeTable } from './scopes.ts';

/** Rows that follow a page are counted up to here: above, the exact number is not worth its time. */
const MAX_COUNTED = 2_000;

/** Rows read at a time: one by one takes half as long again, and all at once could be hundreds of megabytes. */
const ROWS_AT_ONCE = 100;

type Row = [seq: number, version: string, deleted: number, body: string, schemaVersion: number, id: string];

/** Reads pages of feeds, each from one snapshot. */
export function prepareFeed(database: Database, scopes: ScopeTable): (request: FeedRequest) => FeedPage {
  const rowsAfter = database
    .prepare<[string, string, number, number], Row>(
      `select seq, version, deleted, body, schema_version, id from document
       where scope = ? and datastore = ? and seq > ? order by seq limit ?`,
    )
    .raw();
  const countAfter = database
    .prepare<[string, string, number, number], number>(
      'select count(*) from (select 1 from document where scope = ? and datastore = ? and seq > ? limit ?)',
    )
    .pluck();
  const held = database
    .prepare<[string, string], number>('select documents + tombstones from tally where scope = ? and datastore = ?')
    .pluck();

  return database.transaction((request: FeedRequest): FeedPage => {
    const { scope } = request;
    const head = scopes.head(scope);
    const { rows, bytes, hasMore } = take(request);
    const last = rows.at(-1)?.seq ?? request.after;
    const end = scopes.position(scope, head.seq);
    return {
      rows,
      bytes,
      position: hasMore ? scopes.position(scope, last) : end,
      head: end,
      floor: head.floor,
      hasMore,
      remaining: hasMore ? remainingAfter(request, last, head.seq) : 0,
    };
  });

  function take({ scope, datastore, after, maxRows, maxBytes }: FeedRequest) {
    const rows: FeedDocument[] = [];
    let bytes = 0;
    for (let from = after; ; from = rows.at(-1)?.seq ?? from) {
      // One row more than asked for says whether anything follows.
      const limit = Math.min(ROWS_AT_ONCE, maxRows + 1 - rows.length);
      const read = rowsAfter.all(scope, datastore, from, limit);
      for (const [seq, version, deleted, body, schemaVersion, id] of read) {
        const size = Buffer.byteLength(body);
        if (rows.length === maxRows || (rows.length > 0 && bytes + size > maxBytes))
          return { rows, bytes, hasMore: true };
        bytes += size;
        rows.push({ id, seq, version, deleted: deleted === 1, body, schemaVersion });
      }
      if (read.length < limit) return { rows, bytes, hasMore: false };
    }
  }

  function remainingAfter({ scope, datastore }: FeedRequest, after: number, head: number): number {
    const counted = countAfter.get(scope, datastore, after, MAX_COUNTED) as number;
    if (counted < MAX_COUNTED) return counted;
    return Math.max(counted, Math.min(head - after, held.get(scope, datastore) ?? 0));
  }
}
