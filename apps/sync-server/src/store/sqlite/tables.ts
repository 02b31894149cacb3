import type { Database } from 'better-sqlite3';
import type { Route } from '../store.ts';
import { prepareDocuments } from './documents.ts';
import { prepareHistory } from './history.ts';
import { prepareKeptRecords } from './kept-records.ts';
import { prepareLinked } from './linked.ts';
import { prepareLinks } from './links.ts';
import { prepareNotices } from './notices.ts';
import { prepareOutbox } from './outbox.ts';
import { prepareOwnDocuments } from './own-documents.ts';
import { prepareReceipts } from './receipts.ts';
import { prepareReplicas } from './replicas.ts';
import { prepareScopes } from './scopes.ts';
import { prepareStreams } from './streams.ts';
import { prepareSystems } from './systems.ts';

/** Everything the store is kept in. */
export type Tables = ReturnType<typeof prepareTables>;

/** Prepares the statements of all tables, once. `routes` says which bindings are told of a datastore. */
export function prepareTables(database: Database, routes: (datastore: string) => readonly Route[]) {
  const documents = prepareDocuments(database);
  const scopes = prepareScopes(database);
  const outbox = prepareOutbox(database, documents);
  const links = prepareLinks(database);
  const own = prepareOwnDocuments(documents, scopes);
  const streams = prepareStreams(database);
  return {
    documents,
    scopes,
    outbox,
    links,
    linked: prepareLinked(database),
    kept: prepareKeptRecords(database),
    receipts: prepareReceipts(database, { outbox, links, own, routes }),
    streams,
    notices: prepareNotices(database, streams),
    replicas: prepareReplicas(database),
    history: prepareHistory(database),
    systems: prepareSystems(database),
  };
}
