import { batch, eventDriven, realTime, scheduled } from '@datastores/core';
import { expect, test } from 'vitest';

test('the four strategies are values that can be written down', () => {
  expect(
    JSON.parse(JSON.stringify([realTime(), batch({ everyMs: 60_000 }), scheduled(' 0 3 * * * '), eventDriven()])),
  ).toEqual([
    { kind: 'real-time', pollMs: 1_000 },
    { kind: 'batch', everyMs: 60_000, size: 500 },
    { kind: 'scheduled', cron: '0 3 * * *', timeZone: 'UTC' },
    { kind: 'event-driven' },
  ]);
  expect(scheduled('*/5 * * * * *', { timeZone: 'Europe/Berlin' })).toMatchObject({ timeZone: 'Europe/Berlin' });
});

test.each<[what: string, make: () => unknown, message: string]>([
  ['a poll without a pause', () => realTime({ pollMs: 0 }), 'Give pollMs'],
  ['a batch without a time', () => batch({ everyMs: Number.NaN }), 'Give everyMs'],
  ['a batch of nothing', () => batch({ everyMs: 1, size: 0 }), 'Give size'],
  ['a schedule of four fields', () => scheduled('0 3 * *'), '"0 3 * *" is no cron expression'],
  ['an empty schedule', () => scheduled(''), 'no cron expression'],
  ['an unknown time zone', () => scheduled('0 3 * * *', { timeZone: 'Mars' }), '"Mars" is no time zone'],
])('%s is refused with what to write', (_what, make, message) => {
  expect(make).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(message) }));
});
