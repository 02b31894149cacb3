import { addRxPlugin, createRxDatabase, type RxCollection, type RxDatabase } from 'rxdb';
import { RxDBMigrationSchemaPlugin } from 'rxdb/plugins/migration-schema';
import { expect } from 'vitest';
import type { Place } from './place.ts';
import type { Check } from './test-case.ts';

addRxPlugin(RxDBMigrationSchemaPlugin);

interface Product {
  id: string;
  price?: number;
  priceInCents?: number;
}

/** RxDB on top of the storage: databases, collections, and its plugin that migrates from one schema version to the next. */
export function migrationTests(check: Check): void {
  check('migrates documents to the next schema version through the plugin of RxDB', async (place) => {
    const first = await openDatabase(place);
    const { products: before } = await first.addCollections({ products: { schema: schemaOf(0, 'price') } });
    await before.bulkInsert(Array.from({ length: 25 }, (_, at) => ({ id: `p${at}`, price: at })));
    await (await before.findOne('p3').exec())?.remove();
    await first.close();

    const second = await openDatabase(place);
    const migrationStrategies = {
      1: ({ price, ...rest }: Product & { price: number }) => ({ ...rest, priceInCents: price * 100 }),
    };
    const { products: after } = await second.addCollections({
      products: { schema: schemaOf(1, 'priceInCents'), migrationStrategies },
    });
    expect(await cents(after)).toEqual(
      Array.from({ length: 25 }, (_, at) => at * 100).filter((price) => price !== 300),
    );
    await after.insert({ id: 'new', priceInCents: 1 });
    await second.close();

    const third = await openDatabase(place);
    const { products: again } = await third.addCollections({
      products: { schema: schemaOf(1, 'priceInCents'), migrationStrategies },
    });
    expect(await cents(again)).toHaveLength(25);
    await third.close();
  });
}

type Products = { products: RxCollection<Product> };

function openDatabase(place: Place): Promise<RxDatabase<Products>> {
  const { databaseName: name } = place;
  return createRxDatabase<Products>({ name, storage: place.storage(), multiInstance: false });
}

function schemaOf(version: number, field: 'price' | 'priceInCents') {
  return {
    version,
    primaryKey: 'id',
    type: 'object',
    properties: {
      id: { type: 'string', maxLength: 20 },
      [field]: { type: 'integer', minimum: 0, maximum: 10_000, multipleOf: 1 },
    },
    required: ['id', field],
    indexes: [field],
  };
}

async function cents(products: RxCollection<Product>): Promise<(number | undefined)[]> {
  const found = await products.find({ sort: [{ priceInCents: 'asc' }] }).exec();
  return found.map((product) => product.priceInCents);
}
