import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PLANTS } from './plants.ts';

test('there are at least 25 plants, each with a name of its own', () => {
  expect(PLANTS.length).toBeGreaterThanOrEqual(25);
  expect(new Set(PLANTS.map(({ name }) => name)).size).toBe(PLANTS.length);
});

test.each(PLANTS)('the plant $name fits the code that it changes', ({ file, find, replace }) => {
  const source = readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
  expect(source.split(find)).toHaveLength(2);
  expect(replace).not.toBe(find);
});
