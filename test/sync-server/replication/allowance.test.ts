import { expect, test } from 'vitest';
import { createAllowance } from '../../../apps/sync-server/src/replication/allowance.ts';

function opened(perMinute = 60) {
  let now = 1_000_000;
  const allowance = createAllowance(perMinute, { now: () => now, sleep: async () => {} });
  return { take: allowance.take, wait: (ms: number) => (now += ms) };
}

test('a minute’s worth may be taken at once, and then as much as comes', () => {
  const { take, wait } = opened();
  expect([take('a', 60), take('a', 1), take('b', 60)]).toEqual([0, 1_000, 0]);
  wait(1_000);
  expect([take('a', 1), take('a', 2)]).toEqual([0, 2_000]);
});

test('what was refused costs nothing, and nobody saves up more than a minute’s worth', () => {
  const { take, wait } = opened();
  wait(3_600_000);
  expect([take('a', 50), take('a', 50), take('a', 10)]).toEqual([0, 40_000, 0]);
});

test('what is larger than a minute’s worth is let through once the bucket is full, and paid off afterwards', () => {
  const { take, wait } = opened();
  expect([take('a', 90), take('a', 1)]).toEqual([0, 31_000]);
  wait(31_000);
  expect(take('a', 90)).toBe(59_000);
  wait(59_000);
  expect(take('a', 90)).toBe(0);
});

test('a clock that is put back gives nothing and takes nothing', () => {
  const { take, wait } = opened();
  take('a', 30);
  wait(-3_600_000);
  expect([take('a', 30), take('a', 1)]).toEqual([0, 1_000]);
});

test('of many names the memory is bounded', () => {
  const { take } = opened();
  for (let name = 0; name < 10_050; name += 1) take(`replica-${name}`, 60);
  expect(take('replica-10049', 1)).toBe(1_000);
  expect(take('replica-0', 60)).toBe(0);
});
