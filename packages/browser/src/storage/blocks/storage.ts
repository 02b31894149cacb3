import { DatastoreError } from '@datastores/core';
import {
  ensureRxStorageInstanceParamsAreCorrect,
  RXDB_VERSION,
  type RxStorage,
  type RxStorageInstanceCreationParams,
} from 'rxdb';
import type { IndexedDb } from './database.ts';
import { type BlocksInstance, type BlocksInternals, createInstance } from './instance.ts';
import { layoutOf } from './layout.ts';
import { openShared } from './open-databases.ts';
import { readableError } from './storage-error.ts';

/** Where the block storage keeps its documents, and how much of them in memory. */
export interface BlocksStorageOptions {
  /** The IndexedDB of the page where nothing is said. */
  readonly indexedDB?: IDBFactory;
  readonly IDBKeyRange?: typeof IDBKeyRange;
  /**
   * Texts of documents that are kept in memory per database, in millions of characters. Where nothing is said, 16 for each GB
   * of memory that the browser tells of the device, between 32 and 128; 64 where it tells nothing. Beside them the storage
   * keeps about 300 bytes per document, more with long ids and indexed texts.
   */
  readonly cacheMegabytes?: number;
}

/** The storage that {@link getRxStorageBlocks} returns. */
export interface RxStorageBlocks extends RxStorage<BlocksInternals, unknown> {
  createStorageInstance<RxDocType>(
    params: RxStorageInstanceCreationParams<RxDocType, unknown>,
  ): Promise<BlocksInstance<RxDocType>>;
}

const NAME = 'blocks-datastores';

/**
 * The RxDB storage that packs documents into blocks in IndexedDB and keeps their index in memory. A write is on disk when
 * its promise resolves. Several tabs may use a database at once; with `multiInstance: true` they also see each other's
 * changes live. Errors are `DatastoreError`s, mostly `STORAGE_UNAVAILABLE`.
 */
export function getRxStorageBlocks(options: BlocksStorageOptions = {}): RxStorageBlocks {
  const { cacheMegabytes = usualCache() } = options;
  if (!(Number.isFinite(cacheMegabytes) && cacheMegabytes >= 0)) {
    throw new DatastoreError('OPTION_INVALID', `"cacheMegabytes" is ${cacheMegabytes}, not a number of megabytes.`);
  }
  return {
    name: NAME,
    rxdbVersion: RXDB_VERSION,
    async createStorageInstance<RxDocType>(params: RxStorageInstanceCreationParams<RxDocType, unknown>) {
      ensureRxStorageInstanceParamsAreCorrect(params);
      const { databaseName, collectionName, schema } = params;
      try {
        const layout = layoutOf(schema as never);
        const opened = await openShared(accessOf(options), databaseName, cacheMegabytes * 1_000_000);
        try {
          const collection = await opened.connection.collection(collectionName, schema.version, layout);
          return createInstance(opened, collection, params as never) as unknown as BlocksInstance<RxDocType>;
        } catch (error) {
          opened.release();
          throw error;
        }
      } catch (error) {
        throw readableError(error, databaseName);
      }
    },
  };
}

function accessOf(options: BlocksStorageOptions): IndexedDb {
  const { indexedDB = globalThis.indexedDB, IDBKeyRange = globalThis.IDBKeyRange } = options;
  if (indexedDB !== undefined && IDBKeyRange !== undefined) return { indexedDB, IDBKeyRange };
  throw new DatastoreError('STORAGE_UNAVAILABLE', 'There is no IndexedDB here.', {
    remedy: 'Run it in a browser; in Node use @datastores/node.',
  });
}

function usualCache(): number {
  const { deviceMemory = 4 } = (globalThis.navigator ?? {}) as { readonly deviceMemory?: number };
  return Math.min(128, Math.max(32, deviceMemory * 16));
}
