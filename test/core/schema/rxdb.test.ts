import { randomUUID } from 'node:crypto';
import { customers, type Datastore, defineDatastore, inventory, orders, productCatalog } from '@datastores/core/schema';
import { IDBKeyRange, indexedDB } from 'fake-indexeddb';
import fc from 'fast-check';
import { addRxPlugin, createRxDatabase, type RxCollection, type RxStorage } from 'rxdb';
import { disableWarnings, RxDBDevModePlugin } from 'rxdb/plugins/dev-mode';
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { wrappedValidateAjvStorage } from 'rxdb/plugins/validate-ajv';
import { expect, test } from 'vitest';
import * as z from 'zod';

disableWarnings();
addRxPlugin(RxDBDevModePlugin);

const storages: Record<string, () => RxStorage<unknown, unknown>> = {
  memory: () => wrappedValidateAjvStorage({ storage: getRxStorageMemory() }),
  dexie: () => wrappedValidateAjvStorage({ storage: getRxStorageDexie({ indexedDB, IDBKeyRange }) }),
};

/** Opens one datastore as a collection; RxDB's dev-mode checks everything it knows to check. */
async function openCollection(datastore: Datastore, storage: RxStorage<unknown, unknown>) {
  const database = await createRxDatabase({ name: `t${randomUUID()}`, storage, multiInstance: false });
  const schema = {
    ...structuredClone(datastore.schema),
    version: datastore.version,
    primaryKey: 'id',
    indexes: datastore.indexes.map((index) => [...index]),
  };
  const options = datastore.version === 0 ? {} : { migrationStrategies: Object.fromEntries(migrations(datastore)) };
  try {
    const collections = await database.addCollections({ [datastore.name]: { schema, ...options } } as never);
    const collection = (collections as Record<string, RxCollection>)[datastore.name] as RxCollection;
    return { collection, [Symbol.asyncDispose]: () => database.close().then(() => undefined) };
  } catch (error) {
    await database.close();
    throw error;
  }
}

function migrations(datastore: Datastore) {
  return Object.entries(datastore.versions).map(([step, { up }]) => [step, up] as const);
}

const examples: readonly (readonly [Datastore, object])[] = [
  [productCatalog, { id: 'p1', sku: 'A-1', name: 'Tea', status: 'active', price: 1999, barcodes: ['4006381333931'] }],
  [customers, { id: 'c1', name: 'Ada', status: 'active', contacts: [{ name: 'Bo' }], loyaltyPoints: 3 }],
  [inventory, { id: 's1', productId: 'p1', location: 'main', onHand: -2 }],
  [
    orders,
    {
      id: 'o1',
      customerId: 'c1',
      status: 'placed',
      placedAt: '2026-01-01T00:00:00Z',
      currency: 'EUR',
      lines: [{ line: 1, productId: 'p1', quantity: 2, unitPrice: 1999 }],
    },
  ],
];

for (const [name, storage] of Object.entries(storages)) {
  test.each(examples)(
    `RxDB on ${name} takes the datastore $name and finds by each of its indexes`,
    async (datastore, document) => {
      await using opened = await openCollection(datastore, storage());
      await opened.collection.insert(document);

      for (const index of datastore.indexes) {
        const sort = index.map((field) => ({ [field]: 'asc' as const }));
        expect(await opened.collection.find({ selector: {}, sort }).exec()).toHaveLength(1);
      }
    },
  );

  test(`RxDB on ${name} takes the datastore that zod declares`, async () => {
    const datastore = defineDatastore({
      name: 'everything',
      schema: everything,
      indexes: ['count', 'price', 'active', ['code', 'kind']],
    });
    await using opened = await openCollection(datastore, storage());

    await opened.collection.insert({ ...example });

    expect((await opened.collection.findOne('x').exec())?.toJSON()).toEqual({ ...example, note: 'none' });
  });

  test(`RxDB on ${name} takes every generated declaration that defineDatastore takes`, {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(declarations, async (declaration) => {
        const datastore: Datastore = Reflect.apply(defineDatastore, undefined, [declaration]);
        await using opened = await openCollection(datastore, storage());
        await opened.collection.insert(documentOf(datastore));
      }),
      { numRuns: name === 'memory' ? 60 : 15 },
    );
  });
}

const everything = z.object({
  id: z.string(),
  count: z.int(),
  stock: z.int().positive().optional(),
  price: z.number().min(0).max(100_000).multipleOf(0.5),
  active: z.boolean(),
  code: z.string().max(20),
  kind: z.enum(['a', 'bcd']),
  note: z.string().default('none'),
  origin: z.string().min(2).nullable(),
  size: z.union([z.string(), z.number()]).meta({ title: 'Size', colour: 'blue' }),
  tags: z.array(z.string()),
  prices: z.record(z.string(), z.number()),
  mail: z.email(),
  token: z.nanoid().optional(),
  at: z.iso.datetime(),
  shape: z.discriminatedUnion('is', [
    z.object({ is: z.literal('circle'), radius: z.number() }),
    z.object({ is: z.literal('square'), side: z.number() }),
  ]),
});

const example = {
  id: 'x',
  count: 5,
  price: 19.5,
  active: true,
  code: 'c',
  kind: 'a',
  origin: null,
  size: 'L',
  tags: ['t'],
  prices: { eur: 1 },
  mail: 'a@example.org',
  at: '2026-01-01T00:00:00Z',
  shape: { is: 'circle', radius: 2 },
};

// ---- generated declarations

const fieldNames = fc.stringMatching(/^[a-z][a-zA-Z0-9]{1,8}$/).map((name) => `${name}X`);

const scalar = fc.oneof(
  fc.record({ type: fc.constant('string'), maxLength: fc.integer({ min: 1, max: 2048 }) }, { requiredKeys: ['type'] }),
  fc.record(
    { type: fc.constant('integer'), minimum: fc.constant(-9), maximum: fc.constant(900) },
    { requiredKeys: ['type'] },
  ),
  fc.constant({ type: 'integer', exclusiveMinimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  fc.constantFrom(
    { type: 'boolean' },
    { type: 'number', minimum: 0, maximum: 10, multipleOf: 0.01 },
    { type: 'string', enum: ['x', 'long'] },
    { type: 'string', format: 'uuid' },
  ),
);

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.constantFrom(
      {},
      { type: ['string', 'null'], minLength: 1 },
      { type: 'object' },
      { anyOf: [{ type: 'null' }, { type: 'object' }] },
    ),
    fc.record({ type: fc.constant('array'), items: tie('value') }),
    fc.record({ type: fc.constant('object'), additionalProperties: tie('value') }),
    fc.record({ type: fc.constant('object'), properties: fc.dictionary(fieldNames, tie('value'), { maxKeys: 3 }) }),
  ),
}));

const declarations = fc
  .record({
    name: fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/).map((name) => `${name}x`),
    indexed: fc.dictionary(fieldNames, scalar, { minKeys: 1, maxKeys: 4 }),
    others: fc.dictionary(fieldNames, value, { maxKeys: 4 }),
  })
  .map(({ name, indexed, others }) => {
    const required = Object.keys(indexed);
    const compound = required.length > 1 ? [required] : [];
    const schema = { type: 'object', properties: { ...others, ...indexed }, required };
    return { name, schema, indexes: [...required, ...compound] };
  });

function documentOf(datastore: Datastore): object {
  const document: Record<string, unknown> = { id: 'one' };
  for (const field of datastore.schema.required) {
    const { type, enum: values, format } = datastore.schema.properties[field] ?? {};
    if (type === 'string' && field !== 'id') {
      document[field] = values?.[0] ?? (format === 'uuid' ? '123e4567-e89b-42d3-a456-426614174000' : 'x');
    } else if (type === 'boolean') document[field] = true;
    else if (type === 'integer' || type === 'number') document[field] = 1;
  }
  return document;
}
