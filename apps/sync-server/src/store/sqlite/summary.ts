import type { Database } from 'better-sqlite3';
import type { StoreSummary } from '../summary.ts';

/** Counts what the store holds, from one snapshot. Declared datastores appear even while they are empty. */
export function prepareSummary(database: Database, declared: readonly string[]): () => StoreSummary {
  const datastores = database.prepare<[], StoreSummary['datastores'][number]>(
    `select datastore, sum(documents) as documents, sum(tombstones) as tombstones
     from tally where scope not like '@%' group by datastore order by datastore`,
  );
  const scopes = database.prepare<[], StoreSummary['scopes'][number]>(
    "select scope, seq from scope_head where scope not like '@%' order by scope",
  );
  const outbox = database.prepare<[], StoreSummary['outbox'][number]>(
    `select system, state, count(*) as rows, min(created_at) as oldestAt
     from outbox group by system, state order by system, state`,
  );
  const rechecks = database.prepare<[], StoreSummary['rechecks'][number]>(
    'select system, stream, count(*) as keys from recheck group by system, stream order by system, stream',
  );
  const links = database.prepare<[], StoreSummary['links'][number]>(
    `select system, stream, count(*) as links from link where gone is null
     group by system, stream order by system, stream`,
  );
  const counts = database.prepare<[], Pick<StoreSummary, 'quarantined' | 'questions' | 'decisions' | 'replicas'>>(
    `select (select count(*) from quarantine) as quarantined,
       (select count(*) from link, json_each(link.asked) where link.asked is not null and link.gone is null) as questions,
       (select count(*) from history where decided = 1) as decisions,
       (select count(*) from replica) as replicas`,
  );

  return database.transaction((): StoreSummary => {
    const held = new Map(datastores.all().map((row) => [row.datastore, row]));
    for (const datastore of declared) {
      if (!held.has(datastore)) held.set(datastore, { datastore, documents: 0, tombstones: 0 });
    }
    return {
      datastores: [...held.values()].sort((a, b) => (a.datastore < b.datastore ? -1 : 1)),
      scopes: scopes.all(),
      outbox: outbox.all(),
      rechecks: rechecks.all(),
      links: links.all(),
      ...(counts.get() as Pick<StoreSummary, 'quarantined' | 'questions' | 'decisions' | 'replicas'>),
    };
  });
}
