import type { Database } from 'better-sqlite3';
import type { StoredDocument } from '../document.ts';
import type { FeedPage, FeedRequest } from '../store.ts';
import { DOCUMENT_COLUMNS, type DocumentRow, documentOf } from './documents.ts';
import type { ScopeTable } from './scopes.ts';

/** Rows that follow a page are counted up to here: above, the exact number is not worth its time. */
const MAX_COUNTED = 10_000;

/** Reads pages of feeds, each from one snapshot. */
export function prepareFeed(database: Database, scopes: ScopeTable): (request: FeedRequest) => FeedPage {
  const rowsAfter = database
    .prepare<[string, string, number, number], DocumentRow>(
      `select ${DOCUMENT_COLUMNS} from document where scope = ? and datastore = ? and seq > ? order by seq limit ?`,
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
    const { rows, hasMore } = take(request);
    const last = rows.at(-1)?.seq ?? request.after;
    return {
      rows,
      position: scopes.position(scope, hasMore ? last : head.seq),
      floor: head.floor,
      hasMore,
      remaining: hasMore ? remainingAfter(request, last, head.seq) : 0,
    };
  });

  function take({ scope, datastore, after, maxRows, maxBytes }: FeedRequest) {
    const rows: StoredDocument[] = [];
    let bytes = 0;
    // One row more than asked for says whether anything follows; bodies are not read beyond the limit of bytes.
    for (const row of rowsAfter.iterate(scope, datastore, after, maxRows + 1)) {
      const document = documentOf(scope, row);
      bytes += Buffer.byteLength(document.body);
      if (rows.length === maxRows || (rows.length > 0 && bytes > maxBytes)) return { rows, hasMore: true };
      rows.push(document);
    }
    return { rows, hasMore: false };
  }

  function remainingAfter({ scope, datastore }: FeedRequest, after: number, head: number): number {
    const counted = countAfter.get(scope, datastore, after, MAX_COUNTED) as number;
    if (counted < MAX_COUNTED) return counted;
    return Math.max(counted, Math.min(head - after, held.get(scope, datastore) ?? 0));
  }
}
