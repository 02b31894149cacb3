import { randomUUID } from 'node:crypto';
import {
  type BulkWriteRow,
  getQueryMatcher,
  getSortComparator,
  type MangoQuery,
  normalizeMangoQuery,
  type PreparedQuery,
  prepareQuery,
  type RxDocumentData,
  type RxStorage,
  type RxStorageInstance,
} from 'rxdb';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import type { AnyDocument, RandomSchema } from './random-schema.ts';

/** A document as both storages hold it. */
export type StoredDocument = RxDocumentData<AnyDocument>;

type Instance = RxStorageInstance<AnyDocument, unknown, unknown>;

/** What one storage says to a query. */
export interface Answer {
  /** The documents in order as JSON, which knows no negative zero; or the error. */
  readonly documents: readonly string[] | string;
  readonly count: number | string;
}

/** The same documents in a storage of ours and in RxDB's memory storage. */
export interface TwoStorages extends AsyncDisposable {
  readonly ours: Instance;
  readonly memory: Instance;
  write(rows: readonly BulkWriteRow<AnyDocument>[]): Promise<void>;
}

/** Opens a collection of the schema in both storages. */
export async function openTwoStorages(
  storage: RxStorage<unknown, unknown>,
  { schema }: Pick<RandomSchema, 'schema'>,
): Promise<TwoStorages> {
  const name = randomUUID();
  const [ours, memory] = [await create(storage, name, schema), await create(getRxStorageMemory(), name, schema)];
  return {
    ours,
    memory,
    async write(rows) {
      for (const instance of [ours, memory]) {
        const { error } = await instance.bulkWrite(structuredClone([...rows]), 'fuzz');
        if (error.length > 0) throw new Error(`refused: ${error[0]?.documentId} ${error[0]?.status}`);
      }
    },
    async [Symbol.asyncDispose]() {
      await ours.remove();
      await memory.remove();
    },
  };
}

function create(
  storage: RxStorage<unknown, unknown>,
  collectionName: string,
  schema: RandomSchema['schema'],
): Promise<Instance> {
  return storage.createStorageInstance<AnyDocument>({
    databaseInstanceToken: collectionName,
    databaseName: 'query-fuzz',
    collectionName,
    schema,
    options: {},
    multiInstance: false,
    devMode: false,
  });
}

/** The query as RxDB hands it to a storage; null where RxDB itself refuses it. */
export function prepared({ schema }: Pick<RandomSchema, 'schema'>, query: MangoQuery<AnyDocument>) {
  try {
    return prepareQuery<AnyDocument>(schema, normalizeMangoQuery<AnyDocument>(schema, query));
  } catch {
    return null;
  }
}

/** What a storage answers. Skip and limit are no part of a count. */
export async function answerOf(
  instance: Instance,
  given: PreparedQuery<AnyDocument>,
  uncut: PreparedQuery<AnyDocument>,
): Promise<Answer> {
  const documents = await attempt(async () => (await instance.query(given)).documents.map(asText));
  const count = await attempt(async () => (await instance.count(uncut)).count);
  return { documents, count };
}

/** What RxDB's own matcher and comparator say, applied to every document. */
export async function referenceOf(
  { schema }: Pick<RandomSchema, 'schema'>,
  documents: readonly StoredDocument[],
  { query }: PreparedQuery<AnyDocument>,
): Promise<Answer> {
  const matching = await attempt(async () => {
    const matches: (document: StoredDocument) => boolean = getQueryMatcher(schema, query);
    return documents.filter(matches).sort(getSortComparator(schema, query));
  });
  if (typeof matching === 'string') return { documents: matching, count: matching };
  const { skip, limit = Number.POSITIVE_INFINITY } = query;
  return { documents: matching.slice(skip, skip + limit).map(asText), count: matching.length };
}

async function attempt<T>(work: () => Promise<T>): Promise<T | string> {
  try {
    return await work();
  } catch (error) {
    return `refused: ${error instanceof Error ? error.message : error}`;
  }
}

function asText(document: StoredDocument): string {
  const sorted = (_: string, value: unknown) =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return JSON.stringify(document, sorted);
}
