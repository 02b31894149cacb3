import { realTime } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { SystemError } from '../../../apps/sync-server/src/connectors/connector.ts';
import { type FreshnessCase, freshnessOf } from '../../../packages/core/src/replication/freshness.ts';
import type { KnownSystem } from '../../../packages/core/src/replication/systems.ts';
import { openReceiptsPlace, saleBinding } from '../../support/receipts-place.ts';
import { settled } from '../../support/sync.ts';

const NOW = 1_000_000;

function erp(over: Partial<KnownSystem['streams'][number]> = {}, state: KnownSystem['state'] = 'up'): KnownSystem {
  const stream = { stream: 'items', datastore: 'sale', isTold: true, late: false, waiting: 0, dead: 0 };
  return { system: 'erp', state, since: 0, streams: [{ ...stream, asOf: NOW - 500_000, withinMs: 10_000, ...over }] };
}

function ageOf(systems: readonly KnownSystem[], over: Partial<FreshnessCase> = {}) {
  const at = { datastore: 'sale', systems, now: NOW, clockAheadMs: 0, inTouchAt: NOW, systemsInTouchAt: NOW };
  return freshnessOf({ ...at, ...over });
}

test.each([
  ['a system that is up keeps its promise as long as there is contact', ageOf([erp()]), 10_000, 'current'],
  ['what is known to be newer than promised counts', ageOf([erp({ asOf: NOW - 3_000 })]), 3_000, 'current'],
  [
    'without contact the age grows from the last one',
    ageOf([erp()], { systemsInTouchAt: NOW - 60_000 }),
    70_000,
    'current',
  ],
  ['without any contact what was said last counts', ageOf([erp()], { systemsInTouchAt: null }), 500_000, 'current'],
  ['a late stream promises nothing', ageOf([erp({ late: true })]), 500_000, 'late'],
  ['a system that is down promises nothing', ageOf([erp({}, 'down')]), 500_000, 'down'],
  ['a system that waits for a person promises nothing', ageOf([erp({}, 'held')]), 500_000, 'held'],
  ['a stream that only hears events promises nothing', ageOf([erp({ withinMs: undefined })]), 500_000, 'current'],
  [
    'a clock of the server that is ahead makes nothing younger',
    ageOf([erp({ asOf: NOW + 500 })], { clockAheadMs: 1_500 }),
    1_000,
    'current',
  ],
  [
    'data that the replica has not pulled is no fresher than its last contact',
    ageOf([erp()], { inTouchAt: NOW - 90_000 }),
    90_000,
    'current',
  ],
  [
    'a clock of the device that stands back makes nothing younger than now',
    ageOf([erp({ asOf: NOW + 500 })]),
    0,
    'current',
  ],
])('%s', (_name, ...[freshness, ageMs, state]) => {
  expect(freshness.ageMs).toBe(ageMs);
  expect(freshness.sources).toMatchObject([{ system: 'erp', stream: 'items', state, ageMs }]);
});

test('a source that was never read makes the age unknown, and no source leaves that of the contact', () => {
  expect(ageOf([erp({ asOf: undefined })])).toMatchObject({ ageMs: null, sources: [{ asOf: null }] });
  expect(ageOf([], { inTouchAt: NOW - 5 })).toEqual({ datastore: 'sale', ageMs: 5, sources: [] });
  expect(ageOf([], { inTouchAt: null }).ageMs).toBeNull();
  expect(ageOf([erp({ datastore: 'other' })]).sources).toEqual([]);
});

test('the source that is furthest behind decides', () => {
  const wms = { ...erp({ asOf: NOW - 40_000 }, 'down'), system: 'wms' };
  expect(ageOf([erp(), wms]).ageMs).toBe(40_000);
});

test('a query says that its data is too old exactly while the source cannot be read, and while the replica is offline', async () => {
  await using place = await openReceiptsPlace({ bindings: [saleBinding({ strategies: [realTime({ pollMs: 50 })] })] });
  place.erp.insert('k1', { name: 'One' });
  await using till = await place.till();
  const { stores, line } = till;
  await settled(stores);
  await expect.poll(() => stores.freshness('sale').sources).toMatchObject([{ system: 'erp', state: 'current' }]);
  const maxAge = { maxAgeMs: 6_000 };
  const seen: boolean[] = [];
  const watching = stores.fresh$(stores.sale.find(), maxAge).subscribe(({ tooOld, result }) => {
    expect(result.length).toBeLessThanOrEqual(1);
    seen.push(tooOld);
  });
  await expect.poll(() => seen.at(-1)).toBe(false);

  place.erp.outage = new SystemError('down', 'connection refused');
  await expect.poll(() => stores.freshness('sale').sources[0]?.state, { timeout: 5_000 }).toBe('down');
  await expect.poll(() => seen.at(-1), { timeout: 10_000, interval: 20 }).toBe(true);
  const { freshness } = await stores.fresh(stores.sale.find(), maxAge);
  expect(freshness.ageMs).toBeGreaterThan(6_000);

  place.erp.outage = null;
  await place.engine.pullNow('erp');
  await expect.poll(() => seen.at(-1), { timeout: 8_000 }).toBe(false);
  line.up = false;
  const age = stores.freshness('sale').ageMs ?? 0;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(stores.freshness('sale').ageMs).toBeGreaterThanOrEqual(age + 250);
  watching.unsubscribe();
});

test('an age that is none is refused', async () => {
  await using place = await openReceiptsPlace();
  await using till = await place.till();
  const { stores } = till;
  await expect(stores.fresh(stores.sale.find(), { maxAgeMs: Number.NaN })).rejects.toMatchObject({
    code: 'OPTION_INVALID',
  });
  expect(() => stores.fresh$(stores.sale.find(), { maxAgeMs: -1 })).toThrow(/maxAgeMs/);
  const counted = await stores.fresh(stores.sale.count(), { maxAgeMs: 1_000 });
  expect(counted.result).toBe(0);
  expect(await firstValueFrom(stores.freshness$('sale'))).toMatchObject({ datastore: 'sale' });
});
