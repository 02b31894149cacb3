import 'fake-indexeddb/auto';
import { openDatastores } from '@datastores/browser';
import { customers } from '@datastores/core';
import { expect, test } from 'vitest';

const DOCUMENTS = 2_300;

test('thousands of documents are removed portion by portion, each once, and the answer tells of all', async () => {
  const stores = await openDatastores({ name: 'portions', datastores: [customers] });
  const { customer } = stores;
  const ids = Array.from({ length: DOCUMENTS }, (_, at) => `c${at}`);
  await customer.bulkInsert(ids.map((id) => ({ id, name: id, status: 'active' as const })));
  const sizes: number[] = [];
  const { storageInstance } = customer;
  const write = storageInstance.bulkWrite.bind(storageInstance);
  storageInstance.bulkWrite = (rows, context) => {
    sizes.push(rows.length);
    return write(rows, context);
  };

  const { success, error } = await customer.bulkRemove([...ids.slice(10), 'c11', 'unknown']);

  expect(error).toEqual([]);
  expect(new Set(success.map(({ primary }) => primary)).size).toBe(DOCUMENTS - 10);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(DOCUMENTS - 10);
  expect(await customer.count().exec()).toBe(10);
  await stores.close();
});
