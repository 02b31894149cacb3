import type { Database } from 'better-sqlite3';
import type { LinkedDocument, LinkedQuery, UnlinkedDocument, UnlinkedQuery } from '../linked.ts';
import { type LinkedRow, linkedOf, type UnlinkedRow, unlinkedOf } from '../linked-row.ts';
import type { Route } from '../store.ts';

const LIMIT = 500;

const LINK = `link.system, link.stream, link.key, link.ref, link.base, link.record_version as recordVersion, link.digest,
  link.asked, link.seen, link.gone, link.synced_at as syncedAt`;
const DOCUMENT = `document.seq, document.version, document.deleted, document.body,
  document.schema_version as schemaVersion, document.author, document.base as documentBase, document.at`;

/** The state of the lane of a document `d` towards one stream. */
const laneOf = (d: string) => `coalesce((
    select case when max(state = 'dead') then 'held' else 'pending' end from outbox
    where outbox.scope = ${d}.scope and outbox.datastore = ${d}.datastore and outbox.id = ${d}.id
      and outbox.system = :system and outbox.stream = :stream having count(*) > 0), 'clear') as lane`;

const LINKED = `
  select ${LINK}, link.scope, link.datastore, link.id, ${DOCUMENT}, ${laneOf('link')}, exists (
    select 1 from recheck
    where recheck.system = link.system and recheck.stream = link.stream and recheck.key = link.key) as waits
  from link left join document
    on document.scope = link.scope and document.datastore = link.datastore and document.id = link.id
  where link.system = :system and link.stream = :stream and link.gone is null and link.key is not null`;

/** Reads links and documents side by side. */
export function prepareLinked(database: Database) {
  const byKey = database.prepare<[object], LinkedRow>(`${LINKED} and link.key = :key`);
  const inRange = database.prepare<[object], LinkedRow>(
    `${LINKED} and link.key >= :from and (:to is null or link.key < :to) order by link.key limit :limit`,
  );
  const askedAbout = database.prepare<[object], LinkedRow>(
    `${LINKED} and link.asked is not null order by link.scope, link.datastore, link.id`,
  );
  const without = database.prepare<[object], UnlinkedRow>(
    `select ${LINK}, document.scope, document.id, ${DOCUMENT}, ${laneOf('document')}
     from document left join link
       on link.system = :system and link.stream = :stream and link.scope = document.scope
       and link.datastore = document.datastore and link.id = document.id
     where document.datastore = :datastore and document.deleted = 0
       and (link.ref is null or link.key is null or link.gone is not null)
       and (document.scope > :scope or (document.scope = :scope and document.id > :id))
     order by document.scope, document.id limit :limit`,
  );

  return {
    linked: ({ system, stream, keys, from, to, limit }: LinkedQuery): LinkedDocument[] => {
      const route = { system, stream };
      const rows =
        keys === undefined
          ? inRange.all({ ...route, from: from ?? '', to: to ?? null, limit: limit ?? LIMIT })
          : [...new Set(keys)].flatMap((key) => byKey.all({ ...route, key }));
      return rows.map(linkedOf);
    },
    asked: (route: Route): LinkedDocument[] => askedAbout.all(route).map(linkedOf),
    unlinked: ({ system, stream, datastore, after, limit }: UnlinkedQuery): UnlinkedDocument[] =>
      without
        .all({ system, stream, datastore, scope: after?.scope ?? '', id: after?.id ?? '', limit })
        .map((row) => unlinkedOf(row, datastore)),
  };
}
