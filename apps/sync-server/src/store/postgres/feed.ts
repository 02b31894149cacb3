import type { FeedDocument } from '../document.ts';
import type { FeedPage, FeedRequest } from '../store.ts';
import { statement } from './session.ts';
import type { Reader } from './snapshot.ts';

/** Rows that follow a page are counted up to here: above, the exact number is not worth its time. */
const MAX_COUNTED = 2_000;

type Row = [
  epoch: string,
  headSeq: number,
  headTag: string,
  floor: number,
  candidates: number,
  tag: string | null,
  following: number | null,
  held: number | null,
  seq: number | null,
  version: string,
  deleted: number,
  body: string,
  schemaVersion: number,
  id: string,
  size: number,
];

/**
 * One row more than asked for says whether anything follows; bodies that do not fit are not sent. What is told of the page as
 * a whole is made once, and not for each of its rows.
 */
const PAGE = `
  with head as (
    select (select value from meta where key = 'epoch') as epoch, coalesce(max(seq), 0) as seq,
      coalesce(max(tag), '') as tag, coalesce(max(floor), 0) as floor
    from scope_head where scope = $1),
  found as materialized (
    select seq, version, deleted, body, schema_version, id from document
    where scope || E'\\n' || datastore = $1 || E'\\n' || $2 and seq > $3 order by seq limit $4::bigint + 1),
  ranked as (
    select *, row_number() over (order by seq) as rank, octet_length(body) as size,
      sum(octet_length(body)) over (order by seq) as total
    from found),
  page as (select * from ranked where rank <= $4::bigint and (rank = 1 or total <= $5::bigint)),
  ended as (select max(seq) as seq, (select count(*) from found) as candidates, count(*) as taken from page),
  told as materialized (
    select head.epoch, head.seq, head.tag, head.floor, ended.candidates,
      case when ended.candidates > ended.taken and ended.seq >= head.floor then (
        select tag from scope_commit where scope = $1 and last_seq >= ended.seq order by last_seq limit 1) end as page_tag,
      case when ended.candidates > ended.taken then (
        select count(*) from (
          select 1 from document where scope || E'\\n' || datastore = $1 || E'\\n' || $2 and seq > ended.seq
          limit ${MAX_COUNTED}) following) end as following,
      case when ended.candidates > ended.taken then (
        select documents + tombstones from tally where scope = $1 and datastore = $2) end as held
    from head cross join ended)
  select told.*, page.seq, page.version, page.deleted, page.body, page.schema_version, page.id, page.size
  from told left join page on true order by page.seq`;

/** Reads a page of a feed, in one statement and so from one snapshot. */
export async function readFeed(reader: Reader, request: FeedRequest): Promise<FeedPage> {
  const { scope, datastore, after, maxRows, maxBytes } = request;
  const found = await reader.lists<Row>(statement(PAGE, scope, datastore, after, maxRows, maxBytes));
  const [epoch, headSeq, headTag, floor, candidates, tag, following, held] = found[0] as Row;
  const rows: FeedDocument[] = [];
  let bytes = 0;
  for (const [, , , , , , , , seq, version, deleted, body, schemaVersion, id, size] of found) {
    if (seq === null) break;
    rows.push({ id, seq, version, deleted: deleted === 1, body, schemaVersion });
    bytes += size;
  }
  const hasMore = candidates > rows.length;
  const last = rows.at(-1)?.seq ?? after;
  const head = { epoch, seq: headSeq, tag: headSeq < floor ? '' : headTag };
  const counted = following ?? 0;
  const bound = Math.max(counted, Math.min(headSeq - last, held ?? 0));
  return {
    rows,
    bytes,
    position: hasMore ? { epoch, seq: last, tag: tag ?? '' } : head,
    head,
    floor,
    hasMore,
    remaining: hasMore ? (counted < MAX_COUNTED ? counted : bound) : 0,
  };
}
