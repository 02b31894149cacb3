import type { JsonObject } from '@datastores/core/schema';
import type { Database } from 'better-sqlite3';
import type { DocumentKey } from '../document.ts';
import type { Link } from '../link.ts';
import { linkTaken } from '../link-taken.ts';
import { askedFrom, askedText } from '../linked-row.ts';
import type { LinkQuery, Route } from '../store.ts';
import { sqliteCode } from './failure.ts';

// Rows are lists, and parameters go by position: names cost as much as the whole lookup.
type Row = [
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

const COLUMNS =
  'system, stream, scope, datastore, id, key, ref, base, record_version, digest, seen, gone, synced_at, asked';
const DEFAULT_LIMIT = 1_000;

/** Reads and writes links. */
export function prepareLinks(database: Database) {
  const byKey = database
    .prepare<[string, string, string], Row>(
      `select ${COLUMNS} from link where system = ? and stream = ? and key = ? and gone is null`,
    )
    .raw();
  const goneByKey = database
    .prepare<[string, string, string], Row>(
      `select ${COLUMNS} from link where system = ? and stream = ? and key = ? and gone is not null order by gone desc`,
    )
    .raw();
  const anyGone = database
    .prepare<[string, string], number>(
      'select 1 from link where system = ? and stream = ? and gone is not null and key is not null limit 1',
    )
    .pluck();
  const ofDocument = database
    .prepare<[string, string, string, string, string], Row>(
      `select ${COLUMNS} from link where system = ? and stream = ? and scope = ? and datastore = ? and id = ?`,
    )
    .raw();
  const ofDocumentAnywhere = database
    .prepare<[string, string, string, string], Row>(
      `select ${COLUMNS} from link where system = ? and stream = ? and datastore = ? and id = ? order by scope`,
    )
    .raw();
  const inOrder = database
    .prepare<[string, string, string, number, number], Row>(
      `select ${COLUMNS} from link
       where system = ? and stream = ? and gone is null and key is not null and key > ? and seen < ?
       order by key limit ?`,
    )
    .raw();
  const write = database.prepare<Row>(
    `insert into link (${COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (system, stream, scope, datastore, id) do update set
       key = excluded.key, ref = excluded.ref, base = excluded.base, record_version = excluded.record_version,
       digest = excluded.digest, seen = excluded.seen, gone = excluded.gone, synced_at = excluded.synced_at,
       asked = excluded.asked`,
  );

  return {
    /** The living link of each key, or one that is gone; keys that have neither are absent. */
    byKeys: (route: Route, keys: Iterable<string>): Map<string, Link> => {
      const found = new Map<string, Link>();
      for (const row of rowsByKeys(route, keys)) {
        const link = linkOf(row);
        if (link !== null && link.key !== null) found.set(link.key, link);
      }
      return found;
    },
    ofDocument: ({ system, stream }: Route, scope: string, { datastore, id }: DocumentKey): Link | null =>
      linkOf(ofDocument.get(system, stream, scope, datastore, id)),
    put: (scope: string, link: Link): void => {
      if (link.scope !== scope) throw new Error(`A link of scope ${link.scope} is not written with scope ${scope}.`);
      try {
        const { system, stream, datastore, id, key, ref, base, recordVersion, digest, seen, gone, syncedAt } = link;
        const [text, asked] = [JSON.stringify(base), askedText(link.asked)];
        const state = [text, recordVersion, digest, seen, gone, syncedAt, asked] as const;
        write.run(system, stream, scope, datastore, id, key, ref, ...state);
      } catch (error) {
        throw sqliteCode(error) === 'SQLITE_CONSTRAINT_UNIQUE' ? linkTaken(link, error) : error;
      }
    },
    query: (query: LinkQuery): Link[] => select(query).flatMap((row) => linkOf(row) ?? []),
  };

  /** Most streams have no link that is gone: one look then, and not one for each key that is new. */
  function rowsByKeys({ system, stream }: Route, keys: Iterable<string>): Row[] {
    const mayBeGone = anyGone.get(system, stream) !== undefined;
    const rows: Row[] = [];
    for (const key of keys) {
      const living = byKey.get(system, stream, key);
      const row = living ?? (mayBeGone ? goneByKey.get(system, stream, key) : undefined);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  function select(query: LinkQuery): Row[] {
    const { system, stream, keys, documents } = query;
    if (keys === undefined && documents === undefined) {
      const seenBelow = query.unseenBefore ?? Number.MAX_SAFE_INTEGER;
      return inOrder.all(system, stream, query.afterKey ?? '', seenBelow, query.limit ?? DEFAULT_LIMIT);
    }
    const found = [
      ...rowsByKeys({ system, stream }, keys ?? []),
      ...(documents ?? []).flatMap(({ datastore, id }) => {
        if (query.scope === undefined) return ofDocumentAnywhere.all(system, stream, datastore, id);
        const row = ofDocument.get(system, stream, query.scope, datastore, id);
        return row === undefined ? [] : [row];
      }),
    ];
    return [...new Map(found.map((row) => [JSON.stringify(row.slice(2, 5)), row])).values()];
  }
}

function linkOf(row: Row | undefined): Link | null {
  if (row === undefined) return null;
  const [system, stream, scope, datastore, id, key, ref, text, recordVersion, digest, seen, gone, syncedAt, questions] =
    row;
  const base = JSON.parse(text) as JsonObject;
  const asked = askedFrom(questions);
  return { scope, datastore, id, system, stream, key, ref, base, recordVersion, digest, asked, seen, gone, syncedAt };
}
