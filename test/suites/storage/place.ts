import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RxStorage, RxStorageInstance } from 'rxdb';
import { type Item, itemSchema, type StoredSchema } from './item.ts';

/** A storage as the suite sees it. */
export type AnyStorage = RxStorage<unknown, unknown>;

/** An instance as the suite sees it. */
export type Instance = RxStorageInstance<Item, unknown, unknown>;

/** What the suite must know of a storage. */
export interface StorageUnderTest {
  /** Opens the storage that keeps its data at this folder. A second one for the same folder finds what the first stored. */
  readonly createStorage: (folder: string) => AnyStorage;
  /** Titles of tests that this storage is known to fail, with the reason. */
  readonly deviations: Readonly<Record<string, string>>;
  /** How many queries are generated per test, 400 where nothing is said. */
  readonly generatedQueries?: number;
}

/** What an instance is opened with where the defaults do not do. */
export interface InstanceOptions {
  readonly databaseName?: string;
  readonly collectionName?: string;
  readonly schema?: StoredSchema;
  readonly multiInstance?: boolean;
}

/** A folder with one storage in it, for one test. Closes every instance and deletes the folder when disposed. */
export interface Place extends AsyncDisposable {
  readonly databaseName: string;
  readonly generatedQueries: number;
  /** A storage object of its own on the same folder, as another process would have it. */
  readonly storage: () => AnyStorage;
  readonly open: (options?: InstanceOptions) => Promise<Instance>;
}

/** Opens an empty place. */
export async function openPlace(underTest: StorageUnderTest): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'datastores-storage-'));
  const name = `db-${randomUUID()}`;
  const instances: Instance[] = [];
  const storage = () => underTest.createStorage(folder);
  return {
    databaseName: name,
    generatedQueries: underTest.generatedQueries ?? 400,
    storage,
    async open({ databaseName = name, collectionName = 'items', schema = itemSchema, multiInstance = false } = {}) {
      const instance = await storage().createStorageInstance<Item>({
        databaseInstanceToken: randomUUID(),
        databaseName,
        collectionName,
        schema,
        options: {},
        multiInstance,
        devMode: false,
      });
      instances.push(instance);
      return instance;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(instances.map((instance) => instance.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
