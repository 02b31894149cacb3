import { expect, test } from 'vitest';
import { createSliceSize, sliceAfter } from '../../../packages/core/src/replication/slice-size.ts';

test.each([
  [250, 3, 250],
  [250, 30, 250],
  [250, 41, 125],
  [50, 200, 25],
  [25, 1_000, 25],
  [25, 5, 50],
  [100, 15, 100],
  [200, 5, 250],
])('a slice of %i documents that took %i ms is followed by one of %i', (documents, ms, next) => {
  expect(sliceAfter(documents, ms)).toBe(next);
});

test('slices shrink on a slow device until they are short, and grow again', () => {
  const size = createSliceSize();
  for (let slice = 0; slice < 10; slice += 1) size.took(size.documents * 0.5);
  expect(size.documents * 0.5).toBeLessThanOrEqual(40);
  for (let slice = 0; slice < 10; slice += 1) size.took(1);
  expect(size.documents).toBe(250);
});

test('slices grow beyond the first one where a flush costs more than documents, and not further than they may', () => {
  const size = createSliceSize(600);
  expect(size.documents).toBe(250);
  size.took(5);
  expect(size.documents).toBe(500);
  size.took(5);
  expect(size.documents).toBe(600);
});
