import { customers, defineDatastore, productCatalog } from '@datastores/core';
import { openDatastores } from '@datastores/node';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';

const shoe = { id: 'p1', sku: 'AB-1234-XL', name: 'Red Shoe', status: 'active' as const };
const boot = { id: 'p2', sku: 'CD-77', name: 'Boot', description: 'with a red lace', status: 'active' as const };
const grosse = { id: 'p3', sku: 'EF-5', name: 'Schuh Größe 42', keywords: ['red', 'shoes'], status: 'active' as const };

test('finds documents by all words, the last one also as a beginning, the best first', async () => {
  await using place = await openPlace();
  await place.stores.product.bulkInsert([shoe, boot, grosse]);

  expect(await place.find('red')).toEqual(['p1', 'p2', 'p3']);
  expect(await place.find('red sho')).toEqual(['p1', 'p3']);
  expect(await place.find('"shoe"')).toEqual(['p1']);
  expect(await place.find('green')).toEqual([]);
});

test('a hit is the document of the collection, with a score', async () => {
  await using place = await openPlace();
  await place.stores.product.insert(shoe);

  const { hits, complete, problem } = await place.stores.search('product', 'shoe').exec();
  expect([complete, problem]).toEqual([true, null]);
  expect(hits[0]?.document).toBe(await place.stores.product.findOne('p1').exec());
  expect(hits[0]?.score).toBeGreaterThan(0);
  expect(hits[0]?.highlights).toEqual([]);
  // The type of the document is that of the datastore.
  expect(hits[0]?.document.sku satisfies string | undefined).toBe('AB-1234-XL');
});

test('what is not declared, not open or asked for wrongly is refused with the remedy', async () => {
  using folder = temporaryFolder();
  const silent = defineDatastore({ name: 'silent', schema: { type: 'object', properties: {} } as const });
  const stores = await openDatastores({ folder: folder.path, datastores: [silent, customers] });

  expect(() => stores.search('silent', 'a')).toThrow(/SEARCH_UNDECLARED: .*"silent".*Add search/);
  expect(() => stores.search('product' as never, 'a')).toThrow(
    /OPTION_INVALID: No datastore "product".*silent, customer/,
  );
  expect(() => stores.search('customer', 7 as never)).toThrow(/OPTION_INVALID: .*not a string/);
  expect(() => stores.search('customer', 'a', { limit: 0 })).toThrow(/"limit"/);
  expect(() => stores.search('customer', 'a', { offset: -1 })).toThrow(/"offset"/);
  expect(() => stores.search('customer', 'a', { offset: 990, limit: 11 })).toThrow(/more than 1000 hits/);
  expect(() => stores.search('customer', 'a', { highlight: { length: 0.5 } })).toThrow(/"length" of "highlight"/);
  await stores.close();
});

async function openPlace() {
  const folder = temporaryFolder();
  const stores = await openDatastores({ folder: folder.path, datastores: [productCatalog] });
  return {
    stores,
    /** The ids of the hits in their order. */
    find: async (text: string) =>
      (await stores.search('product', text).exec()).hits.map(({ document }) => document.primary),
    async [Symbol.asyncDispose]() {
      await stores.close();
      folder[Symbol.dispose]();
    },
  };
}
