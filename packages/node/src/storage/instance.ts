import { DatastoreError, type DirectAccess, type MaybeDirect } from '@datastores/core';
import type { SearchEngine } from '@datastores/core/search';
import type Database from 'better-sqlite3';
import type { PreparedQuery, RxStorageInstance, RxStorageInstanceCreationParams } from 'rxdb';
import { Subject } from 'rxjs';
import { type AttachmentBytes, readAttachment, readAttachments } from './attachments.ts';
import { type Checkpoint, changedSince } from './changes.ts';
import { createCleanup } from './cleanup.ts';
import type { Connection } from './connection.ts';
import { type DirectlyWritten, insertTexts, purge, replace, restamp } from './direct-writes.ts';
import { findById, findMeta, findTexts } from './find-by-id.ts';
import { createLateQueries } from './late-queries.ts';
import { createLoad } from './load.ts';
import { createMissedChanges } from './missed-changes.ts';
import { countDocuments, explainQuery, findDocuments } from './query.ts';
import { readRows } from './read-rows.ts';
import { relayOf } from './relay.ts';
import { openSearch } from './search/engine.ts';
import { createIndexWriters } from './search/index-writer.ts';
import { readableError } from './sqlite-error.ts';
import { dropTable, openTable } from './table.ts';
import { type Changes, type Write, writeRows } from './write.ts';

/** What an instance of this storage shows of its inside. */
export interface SQLiteInternals {
  /** The connection to the file, shared by all collections in it. Do not close it. */
  readonly database: Database.Database;
  /** The table that holds the documents. */
  readonly table: string;
  /** SQLite's own words on how it runs a query, e.g. which index it searches. */
  readonly explain: (query: PreparedQuery<never>) => string[];
}

/** What can be asked of the storage of one collection. */
export interface SQLiteInstanceOptions {
  /**
   * Fields of the documents, strings or lists of strings, that are searched, the most important first; the instance then
   * has a {@link SearchEngine} as `search`. An empty list removes what an earlier declaration has left; without the option
   * an index that is there is kept up to date and not offered.
   */
  readonly search?: readonly string[];
}

/** The storage of one collection in one schema version. */
export type SQLiteInstance<RxDocType> = RxStorageInstance<
  RxDocType,
  SQLiteInternals,
  SQLiteInstanceOptions,
  Checkpoint
> &
  MaybeDirect<RxDocType> & { readonly search?: SearchEngine };

/** Opens the storage of one collection. It holds a share in the connection until it is closed or removed. */
export function createInstance<RxDocType>(
  connection: Connection,
  params: RxStorageInstanceCreationParams<RxDocType, SQLiteInstanceOptions>,
): SQLiteInstance<RxDocType> {
  const { databaseName, collectionName, schema, options } = params;
  const name = `${databaseName}/${collectionName}`;
  const { commits } = connection;
  const table = openTable(connection, { databaseName, collectionName, schema: schema as never });
  const searchIndex = createIndexWriters(table);
  const relay = params.multiInstance ? relayOf(connection) : undefined;
  const changes$ = new Subject<Changes<RxDocType>>();
  const search =
    options?.search === undefined ? undefined : openSearch(table, { fields: options.search, writes$: changes$ });
  const lateQueries = createLateQueries();
  let closing: Promise<void> | undefined;
  let closed = false;
  /** The end of the last write. Blobs are read before a transaction, and a later write must not overtake meanwhile. */
  let lastWrite: Promise<unknown> = Promise.resolve();

  const run = async <Result>(operation: () => Result | Promise<Result>): Promise<Result> => {
    assertOpen();
    return attempt(operation);
  };
  const read = async <Result>(operation: () => Result): Promise<Result> => {
    assertOpen(closed);
    lateQueries.ran();
    return attempt(() => (relay ? relay.read(operation) : operation()));
  };
  const indexed = <Result>(operation: () => Result) =>
    read(() => {
      load.interrupt();
      return operation();
    });
  const assertOpen = (over: unknown = closing) => {
    if (over) throw new DatastoreError('REPLICA_CLOSED', `The collection ${name} was closed.`);
  };
  const attempt = <Result>(operation: () => Result): Result => {
    try {
      return operation();
    } catch (error) {
      throw readableError(error, connection.filename);
    }
  };
  const write = (given: Write<RxDocType>) => {
    load.grew(given.rows.length);
    relay?.hear();
    const { errors, changes } = writeRows({ table, instance, search: searchIndex() }, given);
    if (relay) relay.announce(table.docs, changes as Changes<never>[]);
    else for (const bulk of changes) commits.afterwards(() => changes$.next(bulk));
    return { error: errors };
  };
  const commit = (given: Write<RxDocType>) => commits.now(() => write(given));
  const inOrder = <Result>(operation: () => Promise<Result>): Promise<Result> => {
    const result = lastWrite.then(operation);
    lastWrite = result.catch(() => undefined);
    return result;
  };
  const finish = async () => {
    await lastWrite;
    leave?.();
    await lateQueries.over();
    closed = true;
    await load.end();
    search?.stop();
    changes$.complete();
    connection.release();
  };

  const instance: SQLiteInstance<RxDocType> = {
    databaseName,
    collectionName,
    schema,
    options,
    internals: {
      database: connection.database,
      table: table.docs,
      explain: (query) => {
        load.interrupt();
        return explainQuery(table, query);
      },
    },
    bulkWrite: (rows, context) =>
      run(() => {
        if (!params.multiInstance) load.expect(rows.length);
        if (!table.attachments) return commit({ rows, context, attachments: NO_ATTACHMENTS });
        return inOrder(async () => commit({ rows, context, attachments: await readAttachments(rows) }));
      }),
    findDocumentsById: (ids, withDeleted) => read(() => findById(table, ids, withDeleted)),
    query: (prepared) => indexed(() => ({ documents: findDocuments(table, schema, prepared) })),
    count: (prepared) => indexed(() => countDocuments(table, schema, prepared)),
    getAttachmentData: (documentId, attachmentId, digest) =>
      run(() => readAttachment(table, { documentId, attachmentId, digest })),
    getChangedDocumentsSince: (limit, checkpoint) => run(() => changedSince(table, { limit }, checkpoint)),
    ...(search && options?.search?.length !== 0
      ? { search: { find: (query) => run(() => search.find(query)), state$: search.state$ } }
      : {}),
    changeStream: () => changes$.asObservable(),
    cleanup: (minimumDeletedTime) => run(() => cleanup(minimumDeletedTime)),
    close: () => {
      closing ??= finish();
      return closing;
    },
    remove: () =>
      run(async () => {
        await inOrder(async () => attempt(() => dropTable(table)));
        load.cancel();
        await instance.close();
      }),
  };
  const cleanup = createCleanup(table);
  const load = createLoad(table);
  const told = (bulk: Changes<never>) => changes$.next(bulk as Changes<RxDocType>);
  const missed = (after: number, upto: number) => createMissedChanges(table, { after, upto }, told);
  const leave = relay?.join({ docs: table.docs, told, missed });
  // Another process must not hear of a write before it is committed, and may write in between.
  if (params.multiInstance || table.attachments) return instance;
  const directly = (operation: () => DirectlyWritten<RxDocType>) => {
    assertOpen();
    const { left, changes } = operation();
    if (changes) commits.afterwards(() => changes$.next(changes));
    return left;
  };
  const direct: DirectAccess<RxDocType> = {
    transactions: commits,
    bulkWrite: (rows, context) => {
      assertOpen();
      load.expect(rows.length);
      return write({ rows, context, attachments: NO_ATTACHMENTS });
    },
    insertTexts: (rows, context) => {
      const left = directly(() => insertTexts({ table, search: searchIndex() }, rows, context));
      load.grew(rows.length - left.size);
      return left;
    },
    restamp: (rows, context) => directly(() => restamp(table, rows, context)),
    replace: (rows, context) => {
      directly(() => replace({ table, search: searchIndex() }, rows, context));
      load.grew(rows.length);
    },
    purge: (rows, context) => directly(() => purge({ table, search: searchIndex() }, rows, context)),
    readTexts: (ids) => {
      assertOpen();
      return findTexts(table, ids);
    },
    readMeta: (ids) => {
      assertOpen();
      return findMeta(table, ids);
    },
    readRows: (after, most) => {
      assertOpen();
      return readRows(table, after, most);
    },
    beginLoad: () => {
      assertOpen();
      load.begin();
    },
    endLoad: () => run(() => load.end()),
  };
  return Object.assign(instance, { direct });
}

const NO_ATTACHMENTS: AttachmentBytes = new Map();
