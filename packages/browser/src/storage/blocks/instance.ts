import { DatastoreError } from '@datastores/core';
import type { RxStorageInstance, RxStorageInstanceCreationParams, RxStorageWriteError } from 'rxdb';
import { Subject, takeUntil } from 'rxjs';
import { type AttachmentBytes, readAttachment, readBlobs } from './attachments.ts';
import type { Checkpoint, Collection } from './collection.ts';
import { changedSince, findById } from './find.ts';
import { createLateQueries } from './late-queries.ts';
import type { OpenDatabase } from './open-databases.ts';
import { purge, removeAll } from './purge.ts';
import { type Asked, countDocuments, findDocuments } from './query.ts';
import { readableError } from './storage-error.ts';

/** What an instance of this storage shows of its inside. */
export interface BlocksInternals {
  /** The database in IndexedDB, shared by all collections in it. Do not close it. */
  readonly database: IDBDatabase;
  /** Documents in memory, deleted ones too. */
  readonly documents: () => number;
  /** Moves what lies in the log into blocks now, which otherwise happens when there is enough and nobody writes. */
  readonly pack: () => Promise<void>;
}

/** What can be asked of the storage of one collection. */
export interface BlocksInstanceOptions {
  /**
   * True: every read sees what any tab has committed before it. Otherwise a read may be as old as the last news of other
   * tabs, though never older than what was read of another collection of the database before.
   */
  readonly fresh?: boolean;
}

/** The storage of one collection in one schema version. */
export type BlocksInstance<RxDocType> = RxStorageInstance<RxDocType, BlocksInternals, unknown, Checkpoint>;

type UntypedInstance = RxStorageInstance<unknown, BlocksInternals, unknown, Checkpoint>;

const NO_BYTES: AttachmentBytes = new Map();

/** Rows written in one transaction: a page that writes thousands goes on showing things in between. */
const SLICE = 1_000;

/** How long a read may rely on news of other tabs before it looks itself: news can get lost. */
const LOOK_EVERY_MS = 1_000;

/** Makes an instance of an open collection. It holds a share in it until it is closed or removed. */
export function createInstance(
  { connection, packing, writes, release }: OpenDatabase,
  collection: Collection,
  params: RxStorageInstanceCreationParams<unknown, unknown>,
): UntypedInstance {
  const { collectionName, databaseName, multiInstance, options } = params;
  const schema = params.schema as Asked['schema'];
  const lookEveryMs = (options as BlocksInstanceOptions | undefined)?.fresh === true ? 0 : LOOK_EVERY_MS;
  const lateQueries = createLateQueries();
  const ended$ = new Subject<void>();
  let closing: Promise<void> | undefined;
  let closed = false;
  let lookedAt = performance.now();
  let lastWrite: Promise<unknown> = Promise.resolve();

  const assertOpen = (over: unknown = closing) => {
    if (over)
      throw new DatastoreError('REPLICA_CLOSED', `The collection ${databaseName}/${collectionName} was closed.`);
  };
  const run = async <Result>(operation: () => Promise<Result>): Promise<Result> => {
    assertOpen();
    return attempt(operation);
  };
  const attempt = async <Result>(operation: () => Promise<Result>): Promise<Result> => {
    try {
      return await operation();
    } catch (error) {
      throw readableError(error, databaseName);
    }
  };
  const reading = async <Result>(operation: () => Promise<Result>): Promise<Result> => {
    assertOpen(closed);
    lateQueries.ran();
    return attempt(async () => {
      if (multiInstance && performance.now() - lookedAt > lookEveryMs) {
        lookedAt = performance.now();
        await connection.look();
      }
      return operation();
    });
  };
  const finish = async () => {
    await lastWrite;
    await lateQueries.over();
    closed = true;
    await connection.idle();
    ended$.next();
    connection.leave(collection);
    release();
  };

  const instance: UntypedInstance = {
    databaseName,
    collectionName,
    schema: schema as never,
    options: options as never,
    internals: {
      database: connection.database,
      documents: collection.table.size,
      pack: packing.now,
    },
    bulkWrite: (rows, context) =>
      run(async () => {
        const write = async (bytes: AttachmentBytes) => {
          const error: RxStorageWriteError<unknown>[] = [];
          for (let start = 0; start < rows.length; start += SLICE) {
            const slice = rows.slice(start, start + SLICE);
            error.push(...(await writes.write({ collection, instance, rows: slice, context, bytes })));
          }
          return { error };
        };
        if (schema.attachments === undefined) return write(NO_BYTES);
        // A later write must not overtake one whose Blobs are being read.
        const result = lastWrite.then(async () => write(await readBlobs(rows)));
        lastWrite = result.catch(() => undefined);
        return result;
      }),
    findDocumentsById: (ids, withDeleted) => reading(() => findById(collection, ids, withDeleted)),
    query: (prepared) =>
      reading(async () => ({ documents: (await findDocuments(collection, { schema, prepared })) as never })),
    count: (prepared) => reading(() => countDocuments(collection, { schema, prepared })),
    getAttachmentData: (documentId, attachmentId, digest) =>
      run(() => readAttachment(connection.database, collection, { documentId, attachmentId, digest })),
    getChangedDocumentsSince: (limit, checkpoint) => reading(() => changedSince(collection, limit, checkpoint)),
    changeStream: () => collection.changes$.pipe(takeUntil(ended$)) as never,
    cleanup: (minimumDeletedTime) => run(() => purge(connection, collection, minimumDeletedTime)),
    close: () => {
      closing ??= finish();
      return closing;
    },
    remove: () =>
      run(async () => {
        await removeAll(connection, collection, schema.version);
        await instance.close();
      }),
  };
  return instance;
}
