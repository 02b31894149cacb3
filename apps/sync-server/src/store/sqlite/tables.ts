import type { Database } from 'better-sqlite3';
import { prepareDecisions } from './decisions.ts';
import { prepareDocuments } from './documents.ts';
import { prepareLinked } from './linked.ts';
import { prepareLinks } from './links.ts';
import { prepareNotices } from './notices.ts';
import { prepareOutbox } from './outbox.ts';
import { prepareReplicas } from './replicas.ts';
import { prepareScopes } from './scopes.ts';
import { prepareStreams } from './streams.ts';
import { prepareSystems } from './systems.ts';

/** Everything the store is kept in. */
export type Tables = ReturnType<typeof prepareTables>;

/** Prepares the statements of all tables, once. */
export function prepareTables(database: Database) {
  const documents = prepareDocuments(database);
  const streams = prepareStreams(database);
  return {
    documents,
    scopes: prepareScopes(database),
    outbox: prepareOutbox(database, documents),
    links: prepareLinks(database),
    linked: prepareLinked(database),
    streams,
    notices: prepareNotices(database, streams),
    replicas: prepareReplicas(database),
    decisions: prepareDecisions(database),
    systems: prepareSystems(database),
  };
}
