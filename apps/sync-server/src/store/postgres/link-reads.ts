import type { Link } from '../link.ts';
import type { LinkedDocument, LinkedQuery, UnlinkedDocument, UnlinkedQuery } from '../linked.ts';
import { type LinkedRow, linkedOf, type UnlinkedRow, unlinkedOf } from '../linked-row.ts';
import type { LinkQuery, Route } from '../store.ts';
import { texts } from './columns.ts';
import { LINK, type LinkListRow, linkFrom } from './memory/links.ts';
import { documentName } from './memory/names.ts';
import { statement } from './session.ts';
import type { Reader } from './snapshot.ts';

const DEFAULT_LIMIT = 1_000;
const LINKED_LIMIT = 500;

const IN_ORDER = `select ${LINK} from link l
  where system = $1 and stream = $2 and gone is null and key is not null and key > $3 and seen < $4
  order by key limit $5`;
/** The living link of each key, or else the one that went last. */
const BY_KEYS = `select distinct on (k.position) ${LINK}
  from unnest($3::text[]) with ordinality as k (key, position)
  cross join lateral (select * from link where system = $1 and stream = $2 and key = k.key offset 0) l
  order by k.position, (l.gone is null) desc, l.gone desc`;
const OF_DOCUMENTS = `select ${LINK} from unnest($3::text[], $4::text[]) with ordinality as k (datastore, id, position)
  cross join lateral (select * from link where id = k.id and datastore = k.datastore and system = $1 and stream = $2
    and ($5::text is null or scope = $5) offset 0) l
  order by k.position, l.scope`;

const COLUMNS = `link.system, link.stream, link.key, link.ref, link.base, link.record_version as "recordVersion", link.digest,
  link.asked, link.seen, link.gone, link.synced_at as "syncedAt"`;
const DOCUMENT = `document.seq, document.version, document.deleted, document.body,
  document.schema_version as "schemaVersion", document.author, document.base as "documentBase", document.at`;

/** The state of the lane of a document `d` towards one stream. */
const laneOf = (d: string) => `coalesce((
    select case when bool_or(state = 'dead') then 'held' else 'pending' end from outbox
    where outbox.scope = ${d}.scope and outbox.datastore = ${d}.datastore and outbox.id = ${d}.id
      and outbox.system = $1 and outbox.stream = $2 having count(*) > 0), 'clear') as lane`;

const LINKED = `
  select ${COLUMNS}, link.scope, link.datastore, link.id, ${DOCUMENT}, ${laneOf('link')}, (exists (
    select 1 from recheck
    where recheck.system = link.system and recheck.stream = link.stream and recheck.key = link.key))::int as waits
  from link left join document
    on document.scope = link.scope and document.datastore = link.datastore and document.id = link.id
  where link.system = $1 and link.stream = $2 and link.gone is null and link.key is not null`;
const LINKED_KEYS = `${LINKED} and link.key = any ($3::text[])`;
const LINKED_RANGE = `${LINKED} and link.key >= $3 and ($4::text is null or link.key < $4) order by link.key limit $5`;
const LINKED_ASKED = `${LINKED} and link.asked is not null order by link.scope, link.datastore, link.id`;
const UNLINKED = `
  select ${COLUMNS}, document.scope, document.id, ${DOCUMENT}, ${laneOf('document')}
  from document left join link
    on link.system = $1 and link.stream = $2 and link.scope = document.scope
    and link.datastore = document.datastore and link.id = document.id
  where document.datastore = $3 and document.deleted = 0
    and (link.ref is null or link.key is null or link.gone is not null)
`;
const UNLINKED_IN = `${UNLINKED} and document.scope = $4 and document.id > $5 order by document.id limit $6`;
const UNLINKED_BEHIND = `${UNLINKED} and document.scope > $4 order by document.scope, document.id limit $5`;

/** Links by keys and documents, or in the order of their keys. */
export async function readLinks(reader: Reader, query: LinkQuery): Promise<readonly Link[]> {
  const { system, stream, keys, documents, scope, unseenBefore, afterKey, limit = DEFAULT_LIMIT } = query;
  if (keys === undefined && documents === undefined) {
    const seenBelow = unseenBefore ?? Number.MAX_SAFE_INTEGER;
    const inOrder = statement(IN_ORDER, system, stream, afterKey ?? '', seenBelow, limit);
    return (await reader.lists<LinkListRow>(inOrder)).map(linkFrom);
  }
  const rows: LinkListRow[] = [];
  if (keys !== undefined && keys.length > 0) {
    rows.push(...(await reader.lists<LinkListRow>(statement(BY_KEYS, system, stream, texts([...new Set(keys)])))));
  }
  if (documents !== undefined && documents.length > 0) {
    const names = [texts(documents.map(({ datastore }) => datastore)), texts(documents.map(({ id }) => id))];
    const of = statement(OF_DOCUMENTS, system, stream, ...names, scope ?? null);
    rows.push(...(await reader.lists<LinkListRow>(of)));
  }
  return [...new Map(rows.map(linkFrom).map((link) => [documentName(link), link])).values()];
}

/** Living links with their documents. */
export async function readLinked(reader: Reader, query: LinkedQuery): Promise<readonly LinkedDocument[]> {
  const { system, stream, keys, from, to, limit = LINKED_LIMIT } = query;
  if (keys === undefined) {
    const range = statement(LINKED_RANGE, system, stream, from ?? '', to ?? null, limit);
    return (await reader.rows<LinkedRow>(range)).map(linkedOf);
  }
  const distinct = [...new Set(keys)];
  const found = (await reader.rows<LinkedRow>(statement(LINKED_KEYS, system, stream, texts(distinct)))).map(linkedOf);
  const byKey = new Map(found.map((row) => [row.link.key, row]));
  return distinct.flatMap((key) => byKey.get(key) ?? []);
}

/** Living links about which a person is asked something. */
export async function readAsked(reader: Reader, { system, stream }: Route): Promise<readonly LinkedDocument[]> {
  return (await reader.rows<LinkedRow>(statement(LINKED_ASKED, system, stream))).map(linkedOf);
}

/** Documents without a record. */
export async function readUnlinked(reader: Reader, query: UnlinkedQuery): Promise<readonly UnlinkedDocument[]> {
  const { system, stream, datastore, after, limit } = query;
  const rows: UnlinkedRow[] = [];
  if (after !== null) {
    const inScope = statement(UNLINKED_IN, system, stream, datastore, after.scope, after.id, limit);
    rows.push(...(await reader.rows<UnlinkedRow>(inScope)));
  }
  if (rows.length < limit) {
    const behind = statement(UNLINKED_BEHIND, system, stream, datastore, after?.scope ?? '', limit - rows.length);
    rows.push(...(await reader.rows<UnlinkedRow>(behind)));
  }
  return rows.map((row) => unlinkedOf(row, datastore));
}
