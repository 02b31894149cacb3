import { backoffDelay } from '@datastores/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';

const highest = { firstMs: 100, capMs: 5_000, random: () => 0.999_999 };

test('the longest delay doubles until it reaches the cap', () => {
  expect([0, 1, 2, 5, 6, 60, 1e9].map((attempt) => backoffDelay(attempt, highest))).toEqual([
    100, 200, 400, 3_200, 5_000, 5_000, 5_000,
  ]);
});

test('the jitter reaches from zero to the longest delay', () => {
  expect(backoffDelay(3, { ...highest, random: () => 0 })).toBe(0);
  expect(backoffDelay(3, { ...highest, random: () => 0.5 })).toBe(400);
});

test('a delay is never below what the other side asked for, and never above that and the cap', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -5, max: 2_000 }),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      fc.nat(1e6),
      (attempt, random, after) => {
        const delay = backoffDelay(attempt, { ...highest, random: () => random }, after);
        expect(delay).toBeGreaterThanOrEqual(after);
        expect(delay).toBeLessThanOrEqual(after + 5_000);
        expect(Number.isInteger(delay)).toBe(true);
      },
    ),
  );
});
