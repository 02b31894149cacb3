import { SERVER_OWNED } from '@datastores/core/protocol';
import { newEpoch } from '../epoch.ts';
import { createListeners } from '../listeners.ts';
import type { Commit, Store, StoreOptions } from '../store.ts';
import { takeNotices } from '../work/notices.ts';
import { retryRows } from '../work/retry-rows.ts';
import { sendRows } from '../work/send-rows.ts';
import { writeJob } from '../work/write-job.ts';
import { compactDocuments } from './compact.ts';
import { removeReceipts } from './expire-receipts.ts';
import { readFeed } from './feed.ts';
import { forgetHistory } from './forget-history.ts';
import { createGroupCommit } from './group-commit.ts';
import { readHead, readTag } from './head.ts';
import { readHistory } from './history-reads.ts';
import { readAsked, readLinked, readLinks, readUnlinked } from './link-reads.ts';
import { addRechecks } from './memory/streams.ts';
import { createNews } from './news.ts';
import { openPool } from './open.ts';
import {
  readBacklog,
  readDead,
  readDecisions,
  readDocument,
  readHeads,
  readOutboxOf,
  readQuarantined,
  readSystem,
} from './reads.ts';
import { recoverOutbox } from './recover.ts';
import { renewEpoch } from './renew-epoch.ts';
import { claimReplica, subjectOf } from './replicas.ts';
import { createReader } from './snapshot.ts';
import { forgetKept, readCursor, readKept, readUnkept, takeRechecks } from './stream-reads.ts';
import { readSummary } from './summary.ts';
import { saveSystem } from './systems.ts';

/** Events of one document that are kept where nothing else is said. */
const MAX_EVENTS = 100;

/** A store in a PostgreSQL database. */
export interface PostgresStoreOptions extends StoreOptions {
  /** `postgres://user:password@host:port/database?schema=name`; the schema is made if it is not there. */
  readonly url: string;
}

/**
 * Opens the store in a PostgreSQL database, which any number of servers may share. Throws STORE_UNAVAILABLE, naming address
 * and reason, if it cannot be used or was written by a newer version, and STORE_UNSAFE if it would lose what it has
 * acknowledged. Every commit is on the disk of the database server before it is acknowledged. While the database is away,
 * calls reject with STORE_UNAVAILABLE, and go on when it is back.
 */
export async function createPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { clock = Date.now, routes } = options;
  const names = options.datastores.map(({ name }) => name);
  const datastores = new Set([...names, ...SERVER_OWNED.map(({ name }) => name)]);
  const opened = await openPool(options.url, clock());
  const { pool } = opened;
  const { schema } = opened.address;
  const reader = createReader(pool);
  const listeners = createListeners<Commit>();
  let { epoch } = opened;
  const onEpoch = (now: string) => {
    epoch = now;
  };
  const news = createNews({ pool, reader, schema, onCommit: listeners.call, onEpoch });
  const onCommit = (commit: Commit) => {
    news.committed(commit);
    listeners.call(commit);
  };
  const commits = createGroupCommit({ pool, routes, clock, onCommit });
  let closed: Promise<void> | null = null;
  news.start();

  return {
    get epoch() {
      return epoch;
    },
    renewEpoch: async () => {
      epoch = await renewEpoch(reader, newEpoch(), clock());
      return epoch;
    },
    write: (request, decide) =>
      commits.run({
        weight: request.documents?.length ?? request.links?.keys.length ?? 1,
        line: `scope ${request.scope}`,
        expect: (tables) => tables.expect(request),
        run: (tables, work) => writeJob({ tables, datastores, routes }, request, decide).run(work),
      }),

    head: async (scope) => {
      const head = await readHead(reader, scope);
      onEpoch(head.position.epoch);
      return head;
    },
    tagAt: (scope, seq) => readTag(reader, scope, seq),
    feed: async (request) => {
      const page = await readFeed(reader, request);
      onEpoch(page.head.epoch);
      return page;
    },
    document: (scope, key) => readDocument(reader, scope, key),

    claimReplica: (replica, subject) => claimReplica(reader, { replica, subject, now: clock() }),
    subjectOf: (replica) => subjectOf(reader, replica),

    outboxHeads: (system, query) => readHeads(reader, system, query),
    outboxSend: (sends) =>
      commits.run({
        weight: sends.length,
        line: 'outbox',
        expect: (tables) => tables.expectRows(sends),
        run: (tables, work) => sendRows({ tables, datastores, routes }, sends, work),
      }),
    outboxRecover: (system) => recoverOutbox(reader, system ?? null, clock()),
    backlog: (system) => readBacklog(reader, system),
    outboxDead: (query) => readDead(reader, query),
    outboxRetry: (retries) =>
      commits.run({
        weight: retries.length,
        line: 'outbox',
        expect: (tables) => tables.expectRows(retries),
        run: (tables, work) => retryRows({ tables, datastores, routes }, retries, work),
      }),
    outboxOf: (scope, key) => readOutboxOf(reader, scope, key),

    links: (query) => readLinks(reader, query),
    cursor: (system, stream, kind) => readCursor(reader, { system, stream, kind }),
    linked: (query) => readLinked(reader, query),
    asked: (route) => readAsked(reader, route),
    kept: (query) => readKept(reader, query),
    unkept: (query) => readUnkept(reader, query),
    forgetKept: (system, stream) => forgetKept(reader, system, stream),
    unlinked: (query) => readUnlinked(reader, query),
    rechecks: (system, stream, limit) => takeRechecks(reader, { system, stream, limit }),
    takeNotices: (request) =>
      commits.run({
        weight: request.notices.reduce((sum, { keys }) => sum + keys.length, 0),
        line: `notices ${request.system}`,
        // No scope, but locked like one: of two servers the second sees what the first has taken.
        expect: (tables) => tables.expectScope(`@notices/${request.system}`),
        run: (tables, { now }) => takeNotices(tables.notices, request, now),
      }),
    addRechecks: async (keys) => {
      if (keys.length > 0) await reader.run(addRechecks(keys));
    },
    quarantined: ({ limit }) => readQuarantined(reader, limit),

    systemState: (system) => readSystem(reader, system),
    saveSystemState: (state) => saveSystem(reader, state),

    history: (scope, key) => readHistory(reader, scope, key),
    decisions: ({ limit }) => readDecisions(reader, limit),
    summary: () => readSummary(reader, names),
    compact: async ({ before, history = { maxEvents: MAX_EVENTS, before } }) => {
      await forgetHistory(reader, history);
      return compactDocuments(reader, before);
    },
    expireReceipts: (times) => removeReceipts({ reader, commits, routes }, times),

    onCommit: listeners.add,
    close: () => {
      closed ??= commits.close().then(async () => {
        await news.close();
        await pool.end();
      });
      return closed;
    },
  };
}
