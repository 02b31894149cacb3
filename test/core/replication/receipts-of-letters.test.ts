import { expect, test } from 'vitest';
import { openReceiptsPlace } from '../../support/receipts-place.ts';

/** A till whose sale the system has refused. */
async function openWithRefusal() {
  const place = await openReceiptsPlace();
  const till = await place.till();
  const { stores } = till;
  place.erp.failPushes({ outcome: { is: 'rejected', reason: 'no such customer', field: 'name' } });
  await stores.sale.insert({ id: 's1', name: 'One' });
  await expect.poll(() => stateOf(stores), { timeout: 5_000 }).toBe('rejected');
  const [letter] = await place.engine.letters();
  if (letter === undefined) throw new Error('There is no dead letter.');
  return {
    ...{ place, stores, writeId: letter.writeId },
    async [Symbol.asyncDispose]() {
      await till[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

type Stores = Awaited<ReturnType<Awaited<ReturnType<typeof openReceiptsPlace>>['till']>>['stores'];

const stateOf = async (stores: Stores) => (await stores.receipts.of('sale', 's1'))?.state ?? 'none';

test('the till learns that a write of its own that was refused is taken up again, and that it has arrived', async () => {
  await using opened = await openWithRefusal();
  const { place, stores, writeId } = opened;
  const states: string[] = [];
  const seen = stores.receipts.of$('sale', 's1').subscribe((receipt) => states.push(receipt?.state ?? 'none'));
  await place.engine.retry({ writeIds: [writeId] });
  await place.engine.idle();
  await expect.poll(() => stateOf(stores), { timeout: 5_000 }).toBe('confirmed');
  seen.unsubscribe();
  expect(states[0]).toBe('rejected');
  const [key] = place.erp.records.keys();
  expect(await stores.confirm('s1', { datastore: 'sale', until: 'confirmed' })).toMatchObject({
    outcome: 'confirmed',
    systems: [{ reference: key }],
  });
});

test('a write that was dropped stays refused for the till that made it, until its next write is told', async () => {
  await using opened = await openWithRefusal();
  const { place, stores, writeId } = opened;
  expect(await place.engine.drop(writeId)).toMatchObject({ is: 'dropped', document: 'alone' });
  await place.engine.idle();
  await stores.syncNow();
  expect(await stateOf(stores)).toBe('rejected');
  expect(place.erp.records.size).toBe(0);
  await (await stores.sale.findOne('s1').exec(true)).incrementalPatch({ note: 'mended' });
  await expect.poll(() => stateOf(stores), { timeout: 5_000 }).toBe('confirmed');
  expect([...place.erp.records.values()].map(({ data }) => data)).toEqual([{ name: 'One', note: 'mended' }]);
});
