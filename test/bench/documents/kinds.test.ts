import { customers, inventory, orders, productCatalog } from '@datastores/core';
import { issuesOf, plainJsonIssues } from '@datastores/core/schema';
import { describe, expect, test } from 'vitest';
import { KINDS, type KindName, kindOf } from './kinds.ts';

const NAMES = Object.keys(KINDS) as KindName[];
const SAMPLE = Array.from({ length: 500 }, (_, number) => number * 37);

describe.each(NAMES)('documents of %s', (name) => {
  const { datastore, id, make, changed } = KINDS[name];

  test('fit the schema of their datastore', () => {
    const issues = SAMPLE.flatMap((number) => [
      ...issuesOf(datastore, make(1, number)),
      ...plainJsonIssues(make(1, number)),
    ]);

    expect(issues).toEqual([]);
  });

  test('are the same for the same seed and number, in whatever order they are made', () => {
    const forwards = SAMPLE.map((number) => make(7, number));
    const backwards = [...SAMPLE].reverse().map((number) => make(7, number));

    expect(backwards.reverse()).toEqual(forwards);
  });

  test('differ from seed to seed and from number to number', () => {
    const texts = new Set(SAMPLE.flatMap((number) => [1, 2].map((seed) => JSON.stringify(make(seed, number)))));

    expect(texts.size).toBe(SAMPLE.length * 2);
  });

  test('have ids of their own, which can be told from the number alone', () => {
    const ids = Array.from({ length: 20_000 }, (_, number) => id(number));

    expect(new Set(ids).size).toBe(ids.length);
    expect(SAMPLE.map((number) => make(1, number).id)).toEqual(SAMPLE.map(id));
  });

  test('still fit when the field that workloads change is changed', () => {
    const document = { ...make(1, 5), [changed]: 40_000 };

    expect(issuesOf(datastore, document)).toEqual([]);
    expect(datastore.indexes.flat()).not.toContain(changed);
    expect(datastore.fields[changed]?.serverOnly).not.toBe(true);
  });
});

test('products and orders are about 1 KB of JSON', () => {
  for (const name of ['product', 'order'] as const) {
    const bytes = SAMPLE.map((number) => Buffer.byteLength(JSON.stringify(KINDS[name].make(1, number))));
    const mean = bytes.reduce((sum, size) => sum + size, 0) / bytes.length;

    expect(mean).toBeGreaterThan(900);
    expect(mean).toBeLessThan(1_200);
  }
});

test('ids do not arrive in their order', () => {
  const ids = Array.from({ length: 1_000 }, (_, number) => KINDS.product.id(number));
  const ascending = ids.filter((id, at) => at > 0 && id > (ids[at - 1] as string)).length;

  expect(ascending).toBeGreaterThan(400);
  expect(ascending).toBeLessThan(600);
});

test('search fields are declared only where they are asked for', () => {
  expect(kindOf({ datastore: 'product', search: false }).datastore.search).toEqual([]);
  expect(kindOf({ datastore: 'product', search: true }).datastore).toBe(productCatalog);
  expect(kindOf({ datastore: 'inventory', search: true }).datastore).toBe(inventory);
  expect(kindOf({ datastore: 'order', search: true }).datastore).toBe(orders);
  expect(NAMES).not.toContain(customers.name);
});
