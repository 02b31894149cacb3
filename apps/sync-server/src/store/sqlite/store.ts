import { SERVER_OWNED } from '@datastores/core/protocol';
import type { Database } from 'better-sqlite3';
import type { DocumentKey } from '../document.ts';
import { newEpoch } from '../epoch.ts';
import { historyOf } from '../history-of.ts';
import { createListeners } from '../listeners.ts';
import type { Commit, Store, StoreOptions } from '../store.ts';
import { storeClosed } from '../store-closed.ts';
import type { Work } from '../work/group.ts';
import { takeNotices } from '../work/notices.ts';
import { expireReceipts } from '../work/receipts.ts';
import { retryRows } from '../work/retry-rows.ts';
import { sendRows } from '../work/send-rows.ts';
import { type WriteContext, writeJob } from '../work/write-job.ts';
import { prepareCompaction } from './compact.ts';
import { openDatabase } from './database.ts';
import { storeFailure } from './failure.ts';
import { prepareFeed } from './feed.ts';
import { prepareForgetting } from './forget-history.ts';
import { createGroupCommit } from './group-commit.ts';
import { prepareSummary } from './summary.ts';
import { prepareTables } from './tables.ts';

/** Tombstones that one transaction of a compaction removes. */
const COMPACTION_STEP = 500;

/** Receipts that one transaction of a clean-up removes. */
const EXPIRY_STEP = 500;

/** Events of one document that are kept where nothing else is said. */
const MAX_EVENTS = 100;

/** A store in one SQLite file. */
export interface SqliteStoreOptions extends StoreOptions {
  /** Path of the file; made with its folder if it is not there. */
  readonly filename: string;
}

/**
 * Opens the embedded store. Throws STORE_UNAVAILABLE, naming file and reason, if it cannot be used or was written by a
 * newer version. Every commit is on disk before it is acknowledged.
 */
export function createSqliteStore(options: SqliteStoreOptions): Store {
  const { filename, clock = Date.now } = options;
  const database = openDatabase(filename, clock());
  const tables = prepareTables(database);
  const names = options.datastores.map(({ name }) => name);
  const context: WriteContext = {
    tables,
    datastores: new Set([...names, ...SERVER_OWNED.map(({ name }) => name)]),
    routes: options.routes,
  };
  const listeners = createListeners<Commit>();
  const commits = createGroupCommit({ database, scopes: tables.scopes, clock, onCommit: listeners.call });
  const compaction = prepareCompaction(database, tables.documents);
  const forgetting = prepareForgetting(database, tables.history);
  const feed = prepareFeed(database, tables.scopes);
  const summary = prepareSummary(database, names);
  const read = reader(database);
  const change = <T>(run: (work: Work) => T): Promise<T> => commits.run({ weight: 1, run });
  let closed: Promise<void> | null = null;

  return {
    get epoch() {
      return tables.scopes.epoch();
    },
    renewEpoch: () =>
      change(({ now }) => {
        tables.scopes.setEpoch(newEpoch());
        tables.history.addGlobal('restored', 'operator', now);
        return tables.scopes.epoch();
      }),
    write: (request, decide) => commits.run(writeJob(context, request, decide)),

    head: (scope) =>
      read(() => {
        const { seq, floor } = tables.scopes.head(scope);
        return { position: tables.scopes.position(scope, seq), floor };
      }),
    tagAt: (scope, seq) => read(() => tables.scopes.tagAt(scope, seq)),
    feed: (request) => read(() => feed(request)),
    document: (scope, key) => read(() => tables.documents.get(scope, key)),

    claimReplica: async (replica, subject) => {
      const owner = await read(() => tables.replicas.subjectOf(replica));
      if (owner !== null) return owner === subject;
      return change(({ now }) => tables.replicas.claim(replica, subject, now) === subject);
    },

    subjectOf: (replica) => read(() => tables.replicas.subjectOf(replica)),

    outboxHeads: (system, { now, limit }) => read(() => tables.outbox.heads(system, now, limit)),
    outboxSend: (sends) => change((work) => sendRows(context, sends, work)),
    outboxRecover: (system) =>
      change(({ now }) => {
        tables.outbox.noteRecovered(system ?? null, now);
        return tables.outbox.recover(system ?? null);
      }),
    backlog: (system) => read(() => tables.outbox.backlog(system)),
    outboxDead: (query) => read(() => tables.outbox.dead(query)),
    outboxRetry: (retries) => commits.run({ weight: retries.length, run: (work) => retryRows(context, retries, work) }),
    outboxOf: (scope, key) => read(() => tables.outbox.ofDocument(scope, key)),

    links: (query) => read(() => tables.links.query(query)),
    cursor: (system, stream, kind) => read(() => tables.streams.cursor(system, stream, kind)),
    linked: (query) => read(() => tables.linked.linked(query)),
    asked: (route) => read(() => tables.linked.asked(route)),
    kept: (query) => read(() => tables.kept.inOrder(query)),
    unkept: (query) => read(() => tables.kept.missing(query)),
    forgetKept: async (system, stream) => {
      let removed = 0;
      for (let step = COMPACTION_STEP; step === COMPACTION_STEP; removed += step) {
        const run = () => tables.kept.removeSome(system, stream, COMPACTION_STEP);
        step = await commits.run({ weight: COMPACTION_STEP, run });
      }
      return removed;
    },
    unlinked: (query) => read(() => tables.linked.unlinked(query)),
    rechecks: async (system, stream, limit) => {
      const waiting = await read(() => tables.streams.hasRechecks(system, stream));
      return waiting ? change(() => tables.streams.takeRechecks(system, stream, limit)) : [];
    },
    takeNotices: (request) =>
      commits.run({
        weight: request.notices.reduce((sum, { keys }) => sum + keys.length, 0),
        run: ({ now }) => takeNotices(tables.notices, request, now),
      }),
    addRechecks: (keys) => change(() => keys.forEach(tables.streams.addRecheck)),
    quarantined: ({ limit }) => read(() => tables.streams.quarantined(limit)),

    systemState: (system) => read(() => tables.systems.get(system)),
    saveSystemState: (state) => change(() => tables.systems.put(state)),

    history: (scope, key) => read(() => historyOf(keptHistory(tables, scope, key))),
    decisions: ({ limit }) => read(() => tables.history.decisions(limit)),
    summary: () => read(summary),
    compact: async ({ before, history = { maxEvents: MAX_EVENTS, before } }) => {
      await change(() => compaction.raiseFloors(before));
      for (const forget of [forgetting.forgetMany, forgetting.forgetOld]) {
        const run = () => forget(history, COMPACTION_STEP);
        for (let left = true; left; ) left = await commits.run({ weight: COMPACTION_STEP, run });
      }
      let removed = 0;
      for (let step = COMPACTION_STEP; step === COMPACTION_STEP; removed += step) {
        step = await commits.run({
          weight: COMPACTION_STEP,
          run: () => compaction.removeTombstones(COMPACTION_STEP),
        });
      }
      return removed;
    },

    expireReceipts: async (times) => {
      let removed = 0;
      const run = (work: Work) => {
        const found = tables.receipts.old({ ...times, limit: EXPIRY_STEP });
        expireReceipts(context, found, work);
        return found.length;
      };
      for (let step = EXPIRY_STEP; step === EXPIRY_STEP; removed += step) {
        step = await commits.run({ weight: EXPIRY_STEP, run });
      }
      return removed;
    },

    onCommit: listeners.add,
    close: () => {
      closed ??= commits.close().then(() => void database.close());
      return closed;
    },
  };
}

function keptHistory({ history, documents }: ReturnType<typeof prepareTables>, scope: string, key: DocumentKey) {
  const events = history.of(scope, key).map(({ event }) => event);
  const ofAll = history.of('', { datastore: '', id: '' }).map(({ event }) => event);
  return { events, ofAll, stored: documents.get(scope, key) };
}

function reader(database: Database) {
  return async <T>(query: () => T): Promise<T> => {
    if (!database.open) throw storeClosed();
    try {
      return query();
    } catch (error) {
      throw storeFailure(error);
    }
  };
}
