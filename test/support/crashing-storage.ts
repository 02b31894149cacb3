import type { DirectAccess, MaybeDirect, Transactions } from '@datastores/core';
import type { BulkWriteRow, RxStorage, RxStorageInstance, RxStorageInstanceCreationParams } from 'rxdb';

/** What happens to the write that a fault is planned for. */
export interface Fault {
  /** Counted from 1 over all writes to the watched collections. */
  readonly write: number;
  /** `before`: nothing of the write is stored. `after`: all of it is, but nobody hears of it. */
  readonly when: 'before' | 'after';
  /** `crash`: nothing is written any more after it, as if the process had ended. `once`: only this write fails. */
  readonly kind: 'crash' | 'once';
}

/** What is to fail, and whether transactions over several collections are there. */
export interface Plan {
  readonly fault?: Fault | null;
  readonly transactions?: 'used' | 'hidden';
}

/** A storage whose writes to chosen collections are counted, can fail, and can be held up. */
export interface CrashingStorage {
  readonly storage: RxStorage<unknown, unknown>;
  /** Writes to the watched collections so far. */
  readonly writes: () => number;
  /** True once the planned fault has happened. */
  readonly failed: () => boolean;
  readonly crashed: () => boolean;
  /** Called before each watched write; what it waits for holds the write up. */
  before: (write: {
    readonly collection: string;
    readonly context: string;
    readonly ids: readonly string[];
  }) => unknown;
}

/**
 * Wraps a storage so that one write to the journal or the documents fails as planned. Where transactions over several
 * collections are `used`, each of them counts as one write; `hidden`, the storage seems to have none, as most have.
 */
export function crashingStorage(
  storage: RxStorage<unknown, unknown>,
  collections: readonly string[],
  { fault = null, transactions = 'hidden' }: Plan = {},
): CrashingStorage {
  const watched = new Set(collections);
  let writes = 0;
  let failed = false;
  let shared: Transactions | undefined;
  const dead = () => failed && fault?.kind === 'crash';
  const result: CrashingStorage = {
    writes: () => writes,
    failed: () => failed,
    crashed: dead,
    before: () => undefined,
    storage: {
      ...storage,
      async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, unknown>) {
        const instance = await storage.createStorageInstance<T>(params);
        if (watched.has(params.collectionName)) watch(instance);
        return instance;
      },
    },
  };

  function watch<T>(instance: RxStorageInstance<T, unknown, unknown>): void {
    const write = instance.bulkWrite.bind(instance);
    const { collectionName: collection } = instance;
    const { direct } = instance as MaybeDirect<T>;
    if (direct !== undefined) {
      const { database } = instance.internals as { database: Database };
      const watched = transactions === 'used' ? { ...direct, transactions: watchedOnce(direct, database) } : undefined;
      Object.assign(instance, { direct: watched });
    }
    instance.bulkWrite = async (rows: BulkWriteRow<T>[], context: string) => {
      assertAlive();
      writes += 1;
      const number = writes;
      await result.before({ collection, context, ids: rows.map((row) => idOf(row, instance.schema.primaryKey)) });
      assertAlive();
      if (number !== fault?.write) return write(rows, context);
      failed = true;
      if (fault.when === 'after') await write(rows, context);
      throw new Error(`planned fault at write ${number}`);
    };
  }

  function assertAlive(): void {
    if (dead()) throw new Error('the process is gone');
  }

  function watchedOnce<T>({ transactions: real }: DirectAccess<T>, database: Database): Transactions {
    shared ??= {
      now: (work) => counted(database, () => real.now(work)),
      repeatable: (work) => counted(database, () => real.repeatable(work)),
      later: (work, since) => counted(database, () => real.later(work, since)),
      flush: (since) => counted(database, () => real.flush(since)),
      losses: real.losses,
    };
    return shared;
  }

  /** A process that ends takes with it what it has not committed. */
  function counted<R>(database: Database, run: () => R): R {
    assertAlive();
    writes += 1;
    if (writes !== fault?.write) return run();
    failed = true;
    if (fault.when === 'after') run();
    if (fault.kind === 'crash' && database.inTransaction) database.exec('ROLLBACK');
    throw new Error(`planned fault at write ${writes}`);
  }

  return result;
}

interface Database {
  readonly inTransaction: boolean;
  exec(sql: string): void;
}

function idOf(row: { readonly document: object }, key: unknown): string {
  return String(Reflect.get(row.document, String(key)));
}
