import type { Link } from '../../link.ts';
import { linkTaken } from '../../link-taken.ts';
import { askedText, type LinkRow, linkOf } from '../../linked-row.ts';
import type { Lane } from '../../work/lane-table.ts';
import type { LinkTable } from '../../work/tables.ts';
import type { RecordKey } from '../../write.ts';
import { numbers, texts } from '../columns.ts';
import { type Statement, statement } from '../session.ts';
import { AUTHORS_CREDIT, DOCUMENT, type DocumentPart, documentOf } from './documents.ts';
import { type LanePart, OUTBOX, rowsOf } from './lanes.ts';
import { laneName, recordName } from './names.ts';
import { createShelf } from './shelf.ts';
import type { Load, Part, Space } from './space.ts';

/** The links that a transaction has in memory. */
export interface LinkPart extends LinkTable, Part {
  wantOf(lane: Lane): void;
  /** Also has the documents behind the links read, and what is on its way for them. */
  wantKey(key: RecordKey): void;
}

/** The columns of a link `l`. */
export const LINK = `l.system, l.stream, l.scope, l.datastore, l.id, l.key, l.ref, l.base, l.record_version, l.digest, l.seen,
  l.gone, l.synced_at, l.asked`;

/** See {@link LINK}. */
export type LinkListRow = [
  system: string,
  stream: string,
  scope: string,
  datastore: string,
  id: string,
  key: string | null,
  ref: string,
  base: string,
  recordVersion: string | null,
  digest: string | null,
  seen: number,
  gone: number | null,
  syncedAt: number,
  asked: string | null,
];

const KEYS = 'unnest($1::text[], $2::text[], $3::text[]) as k (system, stream, key)';
const BY_KEY = `from ${KEYS} cross join lateral (select * from link
  where system = k.system and stream = k.stream and key = k.key offset 0) l`;
const READ_KEYS = `select ${LINK} ${BY_KEY}`;
const READ_BEHIND = `select distinct on (d.scope, d.datastore, d.id) ${DOCUMENT} ${BY_KEY} ${documentOf('l')} ${AUTHORS_CREDIT}`;
const READ_OUTBOX = `select distinct on (o.seq) ${OUTBOX} ${BY_KEY} ${rowsOf('l')} order by o.seq`;
const READ_OF = `select ${LINK} from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
    as k (system, stream, scope, datastore, id)
  cross join lateral (select * from link where id = k.id and datastore = k.datastore and scope = k.scope
    and system = k.system and stream = k.stream offset 0) l`;
const WRITE = `insert into link (system, stream, scope, datastore, id, key, ref, base, record_version, digest, seen, gone,
    synced_at, asked, questions)
  select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[], $15::bigint[])
  on conflict (id, datastore, scope, system, stream) do update set
    key = excluded.key, ref = excluded.ref, base = excluded.base, record_version = excluded.record_version,
    digest = excluded.digest, seen = excluded.seen, gone = excluded.gone, synced_at = excluded.synced_at,
    asked = excluded.asked, questions = excluded.questions`;

/** Where a link with each key was seen; whether it still has the key is asked of the link. */
export function createLinkPart(
  space: Space,
  { documents, lanes }: { documents: DocumentPart; lanes: LanePart },
): LinkPart {
  const links = createShelf<Lane, Link>(space, laneName);
  const holders = createShelf<RecordKey, readonly Lane[]>(space, recordName);
  const answering = (key: RecordKey): Link | null => {
    const found = (holders.get(key) ?? [])
      .flatMap((lane) => links.get(lane) ?? [])
      .filter((link) => link.key === key.key);
    const living = found.find(({ gone }) => gone === null);
    return living ?? found.sort((a, b) => (b.gone ?? 0) - (a.gone ?? 0))[0] ?? null;
  };
  const takeKeys = (rows: readonly LinkListRow[]) => {
    const byKey = new Map<string, { readonly key: RecordKey; readonly lanes: Lane[] }>();
    for (const link of rows.map(linkFrom)) {
      links.put(link, link);
      const { system, stream } = link;
      const key = { system, stream, key: link.key ?? '' };
      const known = byKey.get(recordName(key)) ?? { key, lanes: [] };
      byKey.set(recordName(key), known);
      known.lanes.push(link);
    }
    for (const { key, lanes: held } of byKey.values()) holders.put(key, held);
  };

  return {
    wantOf: links.want,
    wantKey: holders.want,
    byKeys: ({ system, stream }, keys) => {
      const found = new Map<string, Link>();
      for (const key of keys) {
        const link = answering({ system, stream, key });
        if (link !== null) found.set(key, link);
      }
      return found;
    },
    ofDocument: ({ system, stream }, scope, { datastore, id }) => links.get({ system, stream, scope, datastore, id }),
    put: (scope, link) => {
      if (link.scope !== scope) throw new Error(`A link of scope ${link.scope} is not written with scope ${scope}.`);
      const { system, stream, key } = link;
      if (key !== null) {
        const place = { system, stream, key };
        const other = answering(place);
        const isOther = other !== null && laneName(other) !== laneName(link);
        if (link.gone === null && isOther && other.gone === null) throw linkTaken(link);
        holders.set(place, [...(holders.get(place) ?? []).filter((lane) => laneName(lane) !== laneName(link)), link]);
      }
      links.set(link, link);
    },
    loads: (): Load[] => {
      const keys = holders.takeWanted();
      const lanesWanted = links.takeWanted();
      const takeLinks = (rows: readonly LinkListRow[]) => {
        for (const link of rows.map(linkFrom)) links.put(link, link);
      };
      const byKey = keyColumns(keys);
      return [
        ...(lanesWanted.length === 0
          ? []
          : [{ statement: statement(READ_OF, ...laneColumns(lanesWanted)), take: takeLinks }]),
        ...(keys.length === 0
          ? []
          : [
              { statement: statement(READ_KEYS, ...byKey), take: takeKeys },
              { statement: statement(READ_BEHIND, ...byKey), take: documents.take },
              { statement: statement(READ_OUTBOX, ...byKey), take: lanes.take },
            ]),
      ];
    },
    writes: () => {
      const changed = links.changes().flatMap(({ value }) => value ?? []);
      // One that gives up its key comes before the one that takes it over.
      changed.sort((a, b) => Number(b.gone !== null || b.key === null) - Number(a.gone !== null || a.key === null));
      return changed.length === 0 ? [] : [write(changed)];
    },
  };
}

/** A link out of a list of its columns. */
export function linkFrom(row: LinkListRow): Link {
  const [system, stream, scope, datastore, id, key, ref, base, recordVersion, digest, seen, gone, syncedAt, asked] =
    row;
  const stored: LinkRow = {
    ...{ system, stream, scope, datastore, id, key, ref, base, recordVersion, digest, seen, gone, syncedAt, asked },
  };
  return linkOf(stored, stored);
}

function write(links: readonly Link[]): Statement {
  return statement(
    WRITE,
    ...laneColumns(links),
    texts(links.map(({ key }) => key)),
    texts(links.map(({ ref }) => ref)),
    texts(links.map(({ base }) => JSON.stringify(base))),
    texts(links.map(({ recordVersion }) => recordVersion)),
    texts(links.map(({ digest }) => digest)),
    numbers(links.map(({ seen }) => seen)),
    numbers(links.map(({ gone }) => gone)),
    numbers(links.map(({ syncedAt }) => syncedAt)),
    texts(links.map(({ asked }) => askedText(asked))),
    numbers(links.map(({ asked }) => Object.keys(asked ?? {}).length)),
  );
}

function laneColumns(lanes: readonly Lane[]): [Buffer, Buffer, Buffer, Buffer, Buffer] {
  return [
    texts(lanes.map(({ system }) => system)),
    texts(lanes.map(({ stream }) => stream)),
    texts(lanes.map(({ scope }) => scope)),
    texts(lanes.map(({ datastore }) => datastore)),
    texts(lanes.map(({ id }) => id)),
  ];
}

/** The columns by which records are found. */
export function keyColumns(keys: readonly RecordKey[]): [Buffer, Buffer, Buffer] {
  return [
    texts(keys.map(({ system }) => system)),
    texts(keys.map(({ stream }) => stream)),
    texts(keys.map(({ key }) => key)),
  ];
}
