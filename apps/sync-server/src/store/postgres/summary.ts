import type { StoreSummary } from '../summary.ts';
import { rowsOf, statement } from './session.ts';
import type { Reader } from './snapshot.ts';

const DATASTORES = `select datastore, sum(documents) as documents, sum(tombstones) as tombstones
  from tally where scope not like '@%' group by datastore order by datastore`;
const SCOPES = "select scope, seq from scope_head where scope not like '@%' and seq > 0 order by scope";
const OUTBOX = `select system, state, count(*) as rows, min(created_at) as "oldestAt"
  from outbox group by system, state order by system, state collate "C"`;
const RECHECKS = 'select system, stream, count(*) as keys from recheck group by system, stream order by system, stream';
const LINKS = `select system, stream, count(*) as links from link where gone is null
  group by system, stream order by system, stream`;
const COUNTS = `select (select count(*) from quarantine) as quarantined,
  (select coalesce(sum(questions), 0) from link where asked is not null and gone is null) as questions,
  (select count(*) from history where decided = 1) as decisions,
  (select count(*) from replica) as replicas`;

/** Counts what the store holds, from one snapshot. Declared datastores appear even while they are empty. */
export function readSummary(reader: Reader, declared: readonly string[]): Promise<StoreSummary> {
  return reader.snapshot(async (client) => {
    const read = <Row>(text: string) => rowsOf<Row>(client, statement(text));
    const datastores = await read<StoreSummary['datastores'][number]>(DATASTORES);
    const held = new Map(datastores.map((row) => [row.datastore, row]));
    for (const datastore of declared) {
      if (!held.has(datastore)) held.set(datastore, { datastore, documents: 0, tombstones: 0 });
    }
    const [counts] = await read<Pick<StoreSummary, 'quarantined' | 'questions' | 'decisions' | 'replicas'>>(COUNTS);
    return {
      datastores: [...held.values()].sort((a, b) => (a.datastore < b.datastore ? -1 : 1)),
      scopes: await read<StoreSummary['scopes'][number]>(SCOPES),
      outbox: await read<StoreSummary['outbox'][number]>(OUTBOX),
      rechecks: await read<StoreSummary['rechecks'][number]>(RECHECKS),
      links: await read<StoreSummary['links'][number]>(LINKS),
      ...(counts as Pick<StoreSummary, 'quarantined' | 'questions' | 'decisions' | 'replicas'>),
    };
  });
}
