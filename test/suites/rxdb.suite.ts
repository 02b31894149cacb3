import { randomUUID } from 'node:crypto';
import {
  addRxPlugin,
  createRxDatabase,
  type MangoQuery,
  type RxCollection,
  type RxJsonSchema,
  type RxStorage,
  rxStorageInstanceToReplicationHandler,
} from 'rxdb';
import { RxDBAttachmentsPlugin } from 'rxdb/plugins/attachments';
import { disableWarnings, RxDBDevModePlugin } from 'rxdb/plugins/dev-mode';
import { RxDBLocalDocumentsPlugin } from 'rxdb/plugins/local-documents';
import { replicateRxCollection } from 'rxdb/plugins/replication';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import {
  humansCollection,
  runReplicationBaseTestSuite,
  schemaObjects,
  schemas,
  setConfig,
} from 'rxdb/plugins/test-utils';
import { RxDBUpdatePlugin } from 'rxdb/plugins/update';
import { wrappedValidateAjvStorage } from 'rxdb/plugins/validate-ajv';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';

disableWarnings();
for (const plugin of [RxDBDevModePlugin, RxDBLocalDocumentsPlugin, RxDBAttachmentsPlugin, RxDBUpdatePlugin]) {
  addRxPlugin(plugin);
}

/** RxDB's schemas that hold together, each with what makes documents for it. */
const MAKERS: readonly (readonly [string, RxJsonSchema<Record<string, unknown>>, () => object])[] = [
  ['human', schemas.human, () => schemaObjects.humanData()],
  ['humanDefault', schemas.humanDefault, () => schemaObjects.humanData()],
  ['humanFinal', schemas.humanFinal, () => schemaObjects.humanData()],
  ['simpleHuman', schemas.simpleHuman, () => schemaObjects.simpleHumanAge()],
  ['humanAgeIndex', schemas.humanAgeIndex, () => schemaObjects.humanData()],
  ['humanSubIndex', schemas.humanSubIndex, () => schemaObjects.humanWithSubOther()],
  ['humanWithAllIndex', schemas.humanWithAllIndex, () => schemaObjects.humanData()],
  ['nestedHuman', schemas.nestedHuman, () => schemaObjects.nestedHumanData()],
  ['deepNestedHuman', schemas.deepNestedHuman, () => schemaObjects.deepNestedHumanData()],
  ['bigHuman', schemas.bigHuman, () => schemaObjects.bigHumanDocumentType()],
  ['compoundIndex', schemas.compoundIndex, () => schemaObjects.compoundIndexData()],
  ['heroArray', schemas.heroArray, () => schemaObjects.heroArrayData()],
  ['simpleArrayHero', schemas.simpleArrayHero, () => schemaObjects.simpleHeroArray()],
  ['primaryHuman', schemas.primaryHuman, () => schemaObjects.humanData()],
  ['humanCompositePrimary', schemas.humanCompositePrimary, () => schemaObjects.humanWithCompositePrimary()],
  ['averageSchema', schemas.averageSchema(), () => schemaObjects.averageSchemaData()],
  ['point', schemas.point, () => schemaObjects.pointData()],
  ['humanWithTimestamp', schemas.humanWithTimestamp, () => schemaObjects.humanWithTimestampData()],
  ['humanWithTimestampAllIndex', schemas.humanWithTimestampAllIndex, () => schemaObjects.humanWithTimestampData()],
  [
    'humanWithSimpleAndCompoundIndexes',
    schemas.humanWithSimpleAndCompoundIndexes,
    () => schemaObjects.humanWithTimestampData(),
  ],
  ['humanIdAndAgeIndex', schemas.humanIdAndAgeIndex, () => schemaObjects.humanWithIdAndAgeIndexDocumentType()],
  ['humanWithOwnership', schemas.humanWithOwnership, () => schemaObjects.humanWithOwnershipData({}, 'alice')],
] as never;

/**
 * Runs RxDB's own tests of replication with a storage at both ends, and RxDB's own schemas against its memory storage.
 * `createStorage` makes a storage without anything in it, which may not know of the ones before.
 */
export function rxdbSuite(name: string, createStorage: () => RxStorage<unknown, unknown>): void {
  /** Behind the validator that RxDB asks for in development. */
  const storage = () => wrappedValidateAjvStorage({ storage: createStorage() }) as RxStorage<unknown, unknown>;
  // RxDB's suite registers its tests with what mocha puts into every file.
  Object.assign(globalThis, { describe, it });
  setConfig({
    storage: {
      name: createStorage().name,
      getStorage: storage as never,
      getPerformanceStorage: () => ({ storage: storage() as never, description: name }),
      hasPersistence: true,
      hasMultiInstance: true,
      hasAttachments: true,
      hasReplication: true,
    },
  });
  ownSuite(name);
  schemaTests(name, storage);
}

function ownSuite(name: string): void {
  describe(`RxDB’s own suite with the ${name} at both ends`, () => {
    let server: RxCollection;
    beforeAll(async () => {
      server = await humansCollection.createAttachments(0);
    });
    afterAll(() => server.database.close());

    const handler = () =>
      rxStorageInstanceToReplicationHandler<Record<string, unknown>, unknown>(
        server.storageInstance,
        server.conflictHandler,
        server.database.token,
      );
    const replicate = (collection: RxCollection, live: boolean) => {
      const master = handler();
      return replicateRxCollection<Record<string, unknown>, unknown>({
        collection,
        replicationIdentifier: 'rxdb-suite',
        live,
        waitForLeadership: false,
        push: { handler: async (rows) => Promise.all((await master.masterWrite(rows)).map(withAttachments)) },
        pull: {
          handler: (checkpoint, batchSize) => master.masterChangesSince(checkpoint, batchSize),
          ...(live ? { stream$: master.masterChangeStream$ } : {}),
        },
      });
    };
    /** RxDB's handler answers a conflict with the names of attachments alone, whatever storage there is. */
    const withAttachments = async <T extends Record<string, unknown>>(state: T): Promise<T> => {
      const { passportId } = state;
      const filled = await Promise.all(
        Object.entries(state._attachments ?? {}).map(async ([name, attachment]: [string, { digest: string }]) => {
          const data = await server.storageInstance.getAttachmentData(String(passportId), name, attachment.digest);
          return [name, { ...attachment, data }] as const;
        }),
      );
      return { ...state, _attachments: Object.fromEntries(filled) };
    };
    const once = async (collection: RxCollection) => {
      const replication = replicate(collection, false);
      await replication.awaitInitialReplication();
      await replication.cancel();
    };

    runReplicationBaseTestSuite({
      startReplication: (collection) => replicate(collection, true),
      syncOnce: once,
      syncOnceWithAttachments: once,
      async getAllServerDocs() {
        const { documents } = (await server.storageInstance.getChangedDocumentsSince?.(10_000, undefined)) ?? {
          documents: [],
        };
        return documents;
      },
      async cleanUpServer() {
        await server.find().remove();
        while (!(await server.storageInstance.cleanup(0))) await Promise.resolve();
      },
      softDeletes: true,
      isDeleted: ({ _deleted }) => _deleted,
      getPrimaryOfServerDoc: ({ passportId }) => passportId,
    });
  });
}

function schemaTests(name: string, storage: () => RxStorage<unknown, unknown>): void {
  test.each(MAKERS)(`RxDB’s schema %s: the ${name} does what the memory storage does`, async (_name, schema, make) => {
    const memory = wrappedValidateAjvStorage({ storage: getRxStorageMemory() }) as RxStorage<unknown, unknown>;
    const opened = await Promise.all([storage(), memory].map((storage) => open(schema, storage)));
    const [ours, theirs] = opened.map(({ collection }) => collection) as [RxCollection, RxCollection];
    try {
      const documents = Array.from({ length: 60 }, () => structuredClone(make()));
      for (const collection of [ours, theirs]) {
        expect((await collection.bulkInsert(documents as never)).error).toEqual([]);
      }
      const field = firstOptional(schema);
      for (const collection of [ours, theirs]) {
        const all = await collection.find({ sort: [{ [collection.schema.primaryPath]: 'asc' }] } as never).exec();
        await all[1]?.remove();
        await all[2]?.incrementalUpdate({ $set: { [field]: Reflect.get(all[3]?.toJSON() ?? {}, field) } });
        await collection.upsert(all[4]?.toMutableJSON());
        await collection.bulkRemove([all[5]?.primary as string]);
      }
      for (const query of queriesOf(schema, documents)) {
        const [here, there] = await Promise.all([ours, theirs].map((collection) => answers(collection, query)));
        expect(here, JSON.stringify(query)).toEqual(there);
      }
    } finally {
      for (const { close } of opened) await close();
    }
  });
}

async function open(schema: RxJsonSchema<Record<string, unknown>>, storage: RxStorage<unknown, unknown>) {
  const database = await createRxDatabase({
    name: `rxdb-suite-${randomUUID()}`,
    storage,
    multiInstance: false,
    ignoreDuplicate: true,
  });
  const { things } = await database.addCollections({ things: { schema } });
  return { collection: things as RxCollection, close: () => database.close() };
}

/** A field that may be changed: not the primary key or a part of it, and not final. */
function firstOptional({ properties, primaryKey, ...schema }: RxJsonSchema<Record<string, unknown>>): string {
  const keys = typeof primaryKey === 'string' ? [primaryKey] : [primaryKey.key, ...primaryKey.fields];
  const free = Object.entries(properties).filter(
    ([name, part]) => !keys.includes(name) && !(part as { final?: boolean }).final,
  );
  return free[0]?.[0] ?? JSON.stringify(schema);
}

/** Queries over every index of a schema and over its fields without one. */
function queriesOf(schema: RxJsonSchema<Record<string, unknown>>, documents: readonly object[]): MangoQuery[] {
  const indexes = (schema.indexes ?? []).map((index) => (typeof index === 'string' ? [index] : [...index]));
  const paths = [...new Set([...indexes.flat(), ...Object.keys(schema.properties)])].filter(
    (path) => !path.startsWith('_'),
  );
  const valueAt = (document: object, path: string) =>
    path.split('.').reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], document);
  const primary = typeof schema.primaryKey === 'string' ? schema.primaryKey : schema.primaryKey.key;
  const queries = paths.flatMap((path) => {
    const value = valueAt(documents[7] ?? {}, path);
    if (!['string', 'number', 'boolean'].includes(typeof value)) return [];
    const selectors = [{ $eq: value }, { $gt: value }, { $lte: value }, { $in: [value] }, { $ne: value }];
    return selectors.map((operation) => ({
      selector: { [path]: operation },
      sort: [{ [path]: 'asc' }, { [primary]: 'asc' }],
    }));
  });
  const sorted = indexes.flatMap((index) =>
    (['asc', 'desc'] as const).map((direction) => ({
      selector: {},
      sort: [...index.filter((path) => !path.startsWith('_')), primary].map((path) => ({ [path]: direction })),
      skip: 3,
      limit: 20,
    })),
  );
  return [...queries, ...sorted] as MangoQuery[];
}

async function answers(collection: RxCollection, query: MangoQuery) {
  const { skip: _, limit: __, sort: ___, ...uncut } = query;
  const documents = await collection.find(structuredClone(query)).exec();
  const { length } = await collection.find(structuredClone(uncut)).exec();
  return { documents: documents.map((document) => document.toJSON()), length };
}
