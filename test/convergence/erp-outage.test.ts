import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { SystemError } from '../../apps/sync-server/src/connectors/connector.ts';
import { openReceiptsPlace } from '../support/receipts-place.ts';
import { createSteppedClock } from '../support/stepped-clock.ts';

const MINUTE = 60_000;

test('the ERP is down for two hours during order entry: orders are saved, receipts show it, and on its return each exists once and has its number at the till', async () => {
  const clock = createSteppedClock();
  await using place = await openReceiptsPlace({ clock });
  await using till = await place.till();
  const { stores } = till;
  const ids = Array.from({ length: 12 }, (_, index) => `order-${index}`);
  place.erp.outage = new SystemError('down', 'connection refused');
  const began = clock.now();
  const idle = () => place.engine.idle();

  for (const [index, id] of ids.entries()) {
    await stores.sale.insert({ id, name: `Order ${index}` });
    expect(await stores.confirm(id, { datastore: 'sale' })).toEqual({ outcome: 'accepted' });
    await clock.advance(10 * MINUTE, idle);
    // The server goes down in the middle of it, too.
    if (index === 5) await place.restart();
  }

  expect(clock.now() - began).toBe(120 * MINUTE);
  await expect.poll(() => pendingIds(stores)).toEqual([...ids].sort());
  expect(await stores.receipts.of('sale', 'order-3')).toMatchObject({
    state: 'accepted',
    systems: [{ system: 'erp', stream: 'items', state: 'waiting' }],
  });
  await expect
    .poll(() => firstValueFrom(stores.systems$))
    .toMatchObject([{ system: 'erp', state: 'down', streams: [{ datastore: 'sale', isTold: true, waiting: 12 }] }]);
  const [erp] = await firstValueFrom(stores.systems$);
  expect(erp?.since).toBeLessThanOrEqual(began + 10 * MINUTE);
  expect(erp?.streams[0]?.oldestAt).toBeLessThanOrEqual(began + MINUTE);
  const waiting = ids.map((id) => stores.confirm(id, { datastore: 'sale', until: 'confirmed', system: 'erp' }));

  place.erp.outage = null;
  await clock.advance(30 * MINUTE, idle);
  await place.engine.idle();
  const confirmed = await Promise.all(waiting);

  expect(place.erp.records.size).toBe(ids.length);
  for (const [index, id] of ids.entries()) {
    const [key] = [...place.erp.records].find(([, { data }]) => data.name === `Order ${index}`) ?? [];
    expect(confirmed[index]).toMatchObject({ outcome: 'confirmed', systems: [{ system: 'erp', reference: key }] });
    expect(await stores.receipts.of('sale', id)).toMatchObject({ state: 'confirmed', systems: [{ reference: key }] });
  }
  await expect.poll(() => pendingIds(stores)).toEqual([]);
  await expect.poll(() => firstValueFrom(stores.systems$)).toMatchObject([{ state: 'up', streams: [{ waiting: 0 }] }]);
});

async function pendingIds(
  stores: Awaited<ReturnType<Awaited<ReturnType<typeof openReceiptsPlace>>['till']>>['stores'],
) {
  return (await firstValueFrom(stores.receipts.pending$)).map(({ id }) => id).sort();
}
