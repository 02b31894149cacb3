import { batch, eventDriven, realTime, scheduled } from '@datastores/core';
import { afterEach, expect, test, vi } from 'vitest';
import { scheduleOf } from '../../../packages/core/src/replication/schedule.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('real-time pushes at once, pulls on a poke, and looks rarely by itself while the stream is open', () => {
  const schedule = scheduleOf(realTime({ pollMs: 2_000 }));
  expect(schedule).toMatchObject({ pushAfterMs: 0, pushAtSize: 1, pullOnPoke: true });
  expect(schedule.nextMs(true)).toBe(300_000);
  expect(schedule.nextMs(false)).toBe(20_000);
});

test('real-time without a stream does not ask more often than every ten seconds, however small pollMs is', () => {
  expect(scheduleOf(realTime({ pollMs: 1 })).nextMs(false)).toBe(10_000);
});

test('batch pushes after its time or at its size, whichever comes first, and does not follow pokes', () => {
  const schedule = scheduleOf(batch({ everyMs: 5_000, size: 20 }));
  expect(schedule).toMatchObject({ pushAfterMs: 5_000, pushAtSize: 20, pullOnPoke: false });
  expect(schedule.nextMs(true)).toBe(5_000);
  expect(schedule.nextMs(false)).toBe(5_000);
});

test('event-driven pushes at once, pulls on a poke, and never by itself', () => {
  const schedule = scheduleOf(eventDriven());
  expect(schedule).toMatchObject({ pushAfterMs: 0, pushAtSize: 1, pullOnPoke: true });
  expect(schedule.nextMs(true)).toBeNull();
  expect(schedule.nextMs(false)).toBeNull();
});

test('scheduled exchanges at the next time of its expression in its time zone, and not because of writes or pokes', async () => {
  vi.useFakeTimers({ now: new Date('2026-01-15T01:00:00.000Z') });
  const schedule = scheduleOf(scheduled('0 3 * * *', { timeZone: 'Europe/Berlin' }));
  expect(schedule).toMatchObject({ pushAfterMs: null, pushAtSize: Number.POSITIVE_INFINITY, pullOnPoke: false });
  expect(await schedule.nextMs(true)).toBe(3_600_000);
  expect(await scheduleOf(scheduled('0 3 * * *')).nextMs(true)).toBe(2 * 3_600_000);
});

test('scheduled moves with summer time: three in the morning in Berlin comes an hour earlier by UTC', async () => {
  vi.useFakeTimers({ now: new Date('2026-03-28T02:00:00.000Z') });
  const schedule = scheduleOf(scheduled('0 3 * * *', { timeZone: 'Europe/Berlin' }));
  expect(await schedule.nextMs(true)).toBe(23 * 3_600_000);
});
