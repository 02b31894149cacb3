import { expect, test } from 'vitest';
import { createArrivals } from './arrivals.ts';

test('a value that has arrived is told with the time it came', async () => {
  const { arrivals, at } = notes();
  at(5);
  arrivals.arrived(1_000);
  at(9);
  arrivals.arrived(1_001);

  expect(await arrivals.at(1_000)).toBe(5);
  expect(await arrivals.at(1_001)).toBe(9);
});

test('a value that has not arrived is waited for', async () => {
  const { arrivals, at } = notes();
  const awaited = arrivals.at(1_000);
  arrivals.arrived(50);
  at(7);
  arrivals.arrived(1_000);

  expect(await awaited).toBe(7);
});

test('the first sight of a value counts, not a later one', async () => {
  const { arrivals, at } = notes();
  at(1);
  arrivals.arrived(1_000);
  at(2);
  arrivals.arrived(1_000);

  expect(await arrivals.at(1_000)).toBe(1);
});

test('a value that was overtaken has arrived with the one that did', async () => {
  const { arrivals, at } = notes();
  at(1);
  arrivals.arrived(1_000);
  at(2);
  arrivals.arrived(1_004);
  at(3);
  arrivals.arrived(1_005);

  expect(await arrivals.at(1_002)).toBe(2);
});

test('whoever has a greater value has had what came before', async () => {
  const { arrivals, at } = notes();
  const awaited = arrivals.at(1_000);
  at(3);
  arrivals.arrived(1_002);

  expect(await awaited).toBe(3);
});

function notes() {
  let time = 0;
  return {
    arrivals: createArrivals(() => time),
    at: (now: number) => {
      time = now;
    },
  };
}
