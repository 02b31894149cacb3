import { createContext } from '@datastores/sync-server/conformance';
import { expect, test } from 'vitest';
import { drain, scanAll } from '../../../../apps/sync-server/src/connectors/conformance/reads.ts';
import { create, pushAll, samples } from '../../../../apps/sync-server/src/connectors/conformance/writes.ts';
import type { CostLimits } from '../../../support/graphql-cost.ts';
import { type GraphqlSample, openGraphqlPlace, SHOP } from './graphql-place.ts';

test('pages become smaller until the service takes them, come near to its limit, and bring every record', async () => {
  await using place = await openGraphqlPlace(metered({ maximum: 10_000, restoreRate: 10_000, single: 60 }), 250);
  await place.other.insert(samples('a', 200));
  expect(await scanAll(place.stream, null)).toHaveLength(200);
  const asked = place.service.requests.map(({ variables, errors }) => [variables.first, errors.length] as const);
  const taken = asked.filter(([, errors]) => errors === 0).map(([first]) => Number(first));
  expect(asked[0]).toEqual([250, 1]);
  // 2 points for the list and 2 for each record asked for: 29 records are the most.
  expect(Math.max(...taken)).toBe(29);
  const before = place.service.requests.length;
  await scanAll(place.stream, null);
  const refused = place.service.requests.slice(before).filter(({ errors }) => errors.length > 0);
  expect(refused.length).toBeLessThanOrEqual(3);
});

test('point reads and batches become smaller, too', async () => {
  await using place = await openGraphqlPlace(metered({ maximum: 10_000, restoreRate: 10_000, single: 40 }), 10);
  const keys = await place.other.insert(samples('a', 90));
  expect((await place.stream.get(keys, createContext())).size).toBe(90);
  const writes = Array.from({ length: 10 }, (_, at) => create(`w${at}`, `n${at}`, at));
  expect((await pushAll(place.stream, writes)).every(({ is }) => is === 'applied')).toBe(true);
  expect(await place.other.count()).toBe(100);
});

test('a record that alone costs too much is named as a fault of the declaration', async () => {
  await using place = await openGraphqlPlace(metered({ maximum: 10_000, restoreRate: 10_000, single: 2 }), 10);
  await expect(drain(place.stream, null)).rejects.toMatchObject({
    kind: 'shape',
    message: expect.stringContaining('costs too much'),
  });
});

test('once the cost is known a request waits for the budget instead of being refused', async () => {
  await using place = await openGraphqlPlace(metered({ maximum: 60, restoreRate: 400, single: 60 }), 20);
  await place.other.insert(samples('a', 150));
  const began = performance.now();
  expect(await scanAll(place.stream, null)).toHaveLength(150);
  expect(place.service.requests.filter(({ errors }) => errors.length > 0)).toEqual([]);
  // Eight pages of 23 points and more, of which 60 are there at the beginning.
  expect(performance.now() - began).toBeGreaterThan(250);
});

test('what one record cost is no measure for many: a large request after a small one neither waits nor fails', async () => {
  await using place = await openGraphqlPlace(metered({ maximum: 60, restoreRate: 1, single: 60 }), 10, {
    maxWaitMs: 100,
  });
  const keys = await place.other.insert(samples('a', 40));
  // 2 points for the request and 1 for each record: 3, and then 42 of the 57 that are left.
  expect((await place.stream.get(keys.slice(0, 1), createContext())).size).toBe(1);
  expect((await place.stream.get(keys, createContext())).size).toBe(40);
  expect(place.service.requests.map(({ errors }) => errors.length)).toEqual([0, 0]);
  // From two sizes the cost of a third is known: it is not even sent.
  await expect(place.stream.get(keys.slice(0, 20), createContext())).rejects.toMatchObject({ kind: 'throttled' });
  expect(place.service.requests).toHaveLength(2);
});

test('calls at the same time share one budget', async () => {
  await using place = await openGraphqlPlace(metered({ maximum: 60, restoreRate: 400, single: 60 }), 20);
  await place.other.insert(samples('a', 60));
  // What a page costs is known from here on.
  await scanAll(place.stream, null);
  const refusals = () => place.service.requests.filter(({ errors }) => errors.length > 0).length;
  const before = refusals();
  const scans = await Promise.all([
    scanAll(place.stream, null),
    scanAll(place.stream, null),
    scanAll(place.stream, null),
  ]);
  expect(scans.map((items) => items.length)).toEqual([60, 60, 60]);
  expect(refusals()).toBe(before);
});

test('a budget that others used up is waited for, and beyond the longest wait it is throttled with the time', async () => {
  const limits = { maximum: 60, restoreRate: 100, single: 60 };
  // Slow to refill, so that a machine that is busy does not find it full again.
  await using place = await openGraphqlPlace(metered({ ...limits, restoreRate: 5 }), 40, { maxWaitMs: 100 });
  await place.other.insert(samples('a', 3));
  await drain(place.stream, null).catch(() => {});
  const thrown: unknown = await scanAll(place.stream, null).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ kind: 'throttled', afterMs: expect.any(Number) });
  expect((thrown as { afterMs: number }).afterMs).toBeGreaterThan(100);
  expect((thrown as { afterMs: number }).afterMs).toBeLessThan(12_000);
  await using patient = await openGraphqlPlace(metered(limits), 40, { maxWaitMs: 2_000 });
  const throttled = {
    errors: [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }],
    extensions: {
      cost: {
        requestedQueryCost: 43,
        throttleStatus: { maximumAvailable: 60, currentlyAvailable: 23, restoreRate: 100 },
      },
    },
  };
  patient.service.disturb({ when: /items/, status: 200, body: throttled });
  await patient.other.insert(samples('a', 3));
  const began = performance.now();
  expect(await scanAll(patient.stream, null)).toHaveLength(3);
  expect(performance.now() - began).toBeGreaterThan(190);
});

test('a call that waits for the budget ends when it is cancelled', async () => {
  await using place = await openGraphqlPlace(metered({ maximum: 60, restoreRate: 1, single: 60 }), 40, {
    maxWaitMs: 60_000,
  });
  await place.other.insert(samples('a', 3));
  await scanAll(place.stream, null);
  const control = new AbortController();
  const waiting = place.stream.scan?.(null, createContext(control.signal))[Symbol.asyncIterator]().next();
  setTimeout(() => control.abort(), 30);
  await expect(waiting).rejects.toMatchObject({ kind: 'down' });
});

function metered(cost: CostLimits): GraphqlSample {
  return { ...SHOP, service: { ...SHOP.service, cost } };
}
