import { inventory } from '@datastores/core';
import fc from 'fast-check';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import {
  customer,
  DATASTORES,
  editEverything,
  openAt,
  openPlace,
  type Replica,
  sell,
  sync,
} from '../../support/copies.ts';
import { crashingStorage, type Fault } from '../../support/crashing-storage.ts';
import { writeThere } from '../../support/sync.ts';

type Place = Awaited<ReturnType<typeof openPlace>>;

type Step = 'sell there' | 'sell here' | 'sync there' | 'sync here' | 'lose the answer here' | 'sell elsewhere';
const STEPS: readonly Step[] = [
  'sell there',
  'sell here',
  'sync there',
  'sync here',
  'lose the answer here',
  'sell elsewhere',
];

test('original and copy that both go on in any order sell everything once', async () => {
  const run = fc.record({
    before: fc.array(fc.constantFrom('sell', 'sync', 'lose the answer'), { maxLength: 3 }),
    after: fc.array(fc.constantFrom(...STEPS), { maxLength: 6 }),
  });
  const property = fc.asyncProperty(run, async ({ before, after }) => {
    await using place = await openPlace();
    let [sold, amount] = [0, 1];
    const sellOne = async (replica: Replica) => {
      await sell(replica, amount);
      sold += amount;
      amount *= 2;
    };
    const lose = async ({ line, stores }: Replica) => {
      line.losePushAnswers = 1;
      await stores.syncNow();
      line.losePushAnswers = 0;
    };
    {
      await using original = await place.open('original');
      await sync(original);
      for (const step of before) {
        if (step === 'sell') await sellOne(original);
        else await (step === 'sync' ? sync(original) : lose(original));
      }
    }
    await place.copy('original', 'copy');
    await using there = await place.open('original');
    await using here = await place.open('copy');
    for (const step of after) {
      if (step === 'sell there') await sellOne(there);
      else if (step === 'sell here') await sellOne(here);
      else if (step === 'sync there') await sync(there);
      else if (step === 'sync here') await sync(here);
      else if (step === 'lose the answer here') await lose(here);
      else {
        const onHand = (await place.stock()) - amount;
        await writeThere(place.server.store, inventory, [{ id: 's1', productId: 'p1', location: 'here', onHand }]);
        sold += amount;
        amount *= 2;
      }
    }
    await sync(there);
    await sync(here);
    expect(await place.stock()).toBe(100 - sold);
    expect(await firstValueFrom(here.stores.rejected$)).toEqual([]);
  });
  await fc.assert(property, { seed: Number(process.env['DATASTORES_SEED'] ?? 3), numRuns: 25, endOnFailure: false });
}, 120_000);

const WATCHED = ['datastores-journal', 'customer', 'inventory', 'account'];

/** Opens a copy with a crash at one of its writes. Returns how many writes there were before it. */
async function openFailing(place: Place, fault: Fault | null, work: (copy: Replica) => Promise<unknown>) {
  const failing = crashingStorage(place.storage('copy'), WATCHED, { fault, transactions: 'used' });
  try {
    await using copy = await openAt(place.server, { datastores: DATASTORES, storage: failing.storage });
    await work(copy);
    await copy.stores.syncNow();
  } catch (error) {
    if (!failing.failed()) throw error;
  }
  if (fault !== null) expect(failing.failed(), `${fault.when} ${fault.write}`).toBe(true);
  return failing.writes();
}

/** Every fault there is for a run, after one without a fault that counts the writes. */
async function atEveryWrite(run: (fault: Fault | null) => Promise<number>): Promise<void> {
  const writes = await run(null);
  expect(writes).toBeGreaterThan(5);
  for (let write = 1; write <= writes; write += 1) {
    for (const when of ['before', 'after'] as const) await run({ write, when, kind: 'crash' });
  }
}

test('a crash at any write of a copy that is opened and pushed loses nothing and doubles nothing', async () => {
  await atEveryWrite(async (fault) => {
    await using place = await openPlace();
    {
      await using original = await place.open('original');
      await sync(original);
      await editEverything(original);
    }
    await place.copy('original', 'copy');
    {
      await using original = await place.open('original');
      await sell(original, 10);
      await sync(original);
    }
    let sold: number[] = [0];
    const writes = await openFailing(place, fault, (copy) => {
      sold = [0, 20];
      return sell(copy, 20).then(() => (sold = [20]));
    });
    await using copy = await place.open('copy');
    await sync(copy);
    const said = `${fault?.when} ${fault?.write}`;
    const stock = await place.stock();
    expect(
      sold.map((count) => 89 - count),
      said,
    ).toContain(stock);
    expect((await copy.stores.inventory.findOne('s1').exec(true)).onHand, said).toBe(stock);
    expect(await place.customer('new'), said).toEqual(customer('new'));
    expect(await place.customer('gone'), said).toBeNull();
    expect(await place.customer('c1'), said).toMatchObject({ phone: 'before the copy' });
    return writes;
  });
}, 120_000);

test('a crash at any write while a refused edit of a copy is taken in undoes it once and keeps what came after it', async () => {
  await atEveryWrite(async (fault) => {
    await using place = await openPlace();
    {
      await using original = await place.open('original');
      await sync(original);
      await original.stores.account.findOne('a1').incrementalPatch({ visits: 1, limit: 5 });
    }
    await place.copy('original', 'copy');
    let visits: number[] = [0];
    const writes = await openFailing(place, fault, (copy) => {
      visits = [0, 20];
      return copy.stores.account
        .findOne('a1')
        .incrementalPatch({ visits: 21 })
        .then(() => (visits = [20]));
    });
    await using copy = await place.open('copy');
    await sync(copy);
    const said = `${fault?.when} ${fault?.write}`;
    expect(visits, said).toContain(await place.visits());
    const rejected = await firstValueFrom(copy.stores.rejected$);
    expect(
      rejected.map(({ code, document }) => [code, document?.visits]),
      said,
    ).toContainEqual(['FIELD_SERVER_ONLY', 1]);
    return writes;
  });
}, 120_000);
