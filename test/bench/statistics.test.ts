import { expect, test } from 'vitest';
import { median, medianOf, percentile, spreadOf } from './statistics.ts';

test('the median is the middle value, or the mean of the two middle ones', () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
});

test('numbers are put in order as numbers, not as text', () => {
  expect(median([10, 9, 100])).toBe(10);
  expect(percentile([10, 9, 100, 1], 75)).toBe(10);
});

test('a percentile is a value that was measured, by nearest rank', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);

  expect(percentile(values, 50)).toBe(100);
  expect(percentile(values, 99)).toBe(198);
  expect(percentile(values, 100)).toBe(200);
  expect(percentile(values, 0)).toBe(1);
  expect(percentile([3], 99)).toBe(3);
});

test('p99 of fewer than a hundred values is the greatest of them', () => {
  expect(spreadOf([1, 2, 3, 50])).toEqual({ p50: 2, p99: 50 });
});

test('values stay as they were given', () => {
  const values = [3, 1, 2];
  median(values);
  percentile(values, 50);

  expect(values).toEqual([3, 1, 2]);
});

test('the median of a figure is taken over the rounds', () => {
  expect(medianOf([{ rate: 30 }, { rate: 10 }, { rate: 20 }], ({ rate }) => rate)).toBe(20);
});

test('no figure is made of nothing', () => {
  expect(() => median([])).toThrow(RangeError);
  expect(() => percentile([], 50)).toThrow('nothing measured');
});
