import type { Database } from 'better-sqlite3';
import { prepareDocuments } from './documents.ts';
import { prepareHistory } from './history.ts';
import { prepareKeptRecords } from './kept-records.ts';
import { prepareLinked } from './linked.ts';
import { prepareLinks } from './links.ts';
import { prepareNotices } from './notices.ts';
import { prepareOutbox } from './outbox.ts';
import { prepareReceipts } from './receipts.ts';
import { prepareReplicas } from './replicas.ts';
import { prepareScopes } from './scopes.ts';
import { prepareStreams } from './streams.ts';
import { prepareSystems } from './systems.ts';

/** Prepares the statements of all tables, once. */
export function prepareTables(database: Database) {
  const outbox = prepareOutbox(database);
  const streams = prepareStreams(database);
  return {
    documents: prepareDocuments(database),
    scopes: prepareScopes(database),
    outbox,
    lanes: outbox.lanes,
    links: prepareLinks(database),
    linked: prepareLinked(database),
    kept: prepareKeptRecords(database),
    receipts: prepareReceipts(database),
    streams,
    notices: prepareNotices(database, streams),
    replicas: prepareReplicas(database),
    history: prepareHistory(database),
    systems: prepareSystems(database),
  };
}
