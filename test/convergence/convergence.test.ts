import { type Customer, customers, inventory } from '@datastores/core';
import type { RxCollection } from 'rxdb';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { settled, startReplica, startService, writeThere } from '../support/sync.ts';
import { seeded } from './seeded.ts';

const STEPS = 120;
const IDS = ['a', 'b', 'c', 'd'];

/** Random work of several replicas on the same documents, over lines that fail, lose answers and deliver copies late. */
async function run(seed: number): Promise<void> {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const datastores = [customers, inventory] as const;
  await using server = await startService(datastores);
  await writeThere(server.store, inventory, [{ id: 's', productId: 'p', location: 'here', onHand: 1_000 }]);
  await using first = await startReplica(server.service, { datastores });
  await using second = await startReplica(server.service, { datastores });
  await using third = await startReplica(server.service, { datastores });
  const replicas = [first, second, third];
  for (const { line } of replicas) line.keepPushes = true;
  await Promise.all(replicas.map(({ stores }) => settled(stores)));
  let sold = 0;
  let edits = 0;

  for (let step = 0; step < STEPS; step += 1) {
    const { stores, line } = pick(replicas);
    const id = pick(IDS);
    const roll = random();
    if (roll < 0.1) line.up = !line.up;
    else if (roll < 0.2) line.losePushAnswers = 1 + Math.floor(random() * 2);
    else if (roll < 0.22) line.holdPushes = 1;
    else if (roll < 0.27) await line.deliverLate(Math.floor(random() * 6));
    else if (roll < 0.33) await stores.syncNow();
    else if (roll < 0.5) {
      const amount = 1 + Math.floor(random() * 5);
      await stores.inventory.findOne('s').incrementalModify((stock) => ({ ...stock, onHand: stock.onHand - amount }));
      sold += amount;
    } else if (roll < 0.85) {
      edits += 1;
      const field = pick(['phone', 'email', 'notes']);
      await editCustomer(stores, { id, name: `made by ${step}`, [field]: `${edits}` });
    } else if (roll < 0.92) await (await stores.customer.findOne(id).exec())?.incrementalRemove();
    else if (roll < 0.97) {
      await writeThere(server.store, customers, [{ id, name: `erp ${step}`, status: 'active', phone: `erp ${step}` }]);
    } else await new Promise((resolve) => setTimeout(resolve, random() * 5));
  }

  for (const { line } of replicas) {
    line.up = true;
    line.losePushAnswers = 0;
    line.holdPushes = 0;
  }
  await Promise.all(replicas.map(({ stores }) => stores.syncNow()));
  await Promise.all(replicas.map(({ stores }) => settled(stores)));
  await Promise.all(replicas.map(({ stores }) => stores.syncNow()));
  await Promise.all(replicas.map(({ stores }) => settled(stores)));

  for (const { stores, line } of replicas) {
    for (let back = 0; back < 20; back += 1) await line.deliverLate(back);
    await settled(stores);
  }
  await Promise.all(replicas.map(({ stores }) => stores.syncNow()));

  const central = async (datastore: 'customer' | 'inventory', id: string) => {
    const stored = await server.store.document('main', { datastore, id });
    return stored === null || stored.deleted ? null : JSON.parse(stored.body);
  };
  expect((await central('inventory', 's')).onHand, `seed ${seed}`).toBe(1_000 - sold);
  for (const { stores } of replicas) {
    for (const id of IDS) {
      expect((await stores.customer.findOne(id).exec())?.toJSON() ?? null, `seed ${seed}, ${id}`).toEqual(
        await central('customer', id),
      );
    }
    expect((await stores.inventory.findOne('s').exec(true)).onHand, `seed ${seed}`).toBe(1_000 - sold);
    expect(await firstValueFrom(stores.unpushed$)).toBe(0);
  }
}

/** Changes a customer, or inserts it; a pull may bring it between looking and inserting. */
async function editCustomer(
  stores: { readonly customer: RxCollection<Customer> },
  { id, name, ...patch }: { readonly id: string; readonly name: string; readonly [field: string]: string },
): Promise<void> {
  for (;;) {
    const document = await stores.customer.findOne(id).exec();
    try {
      if (document === null) await stores.customer.insert({ id, name, status: 'active', ...patch });
      else await document.incrementalPatch(patch);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== 'CONFLICT') throw error;
    }
  }
}

const seeds = process.env.SEEDS === undefined ? 12 : Number(process.env.SEEDS);

for (let seed = 1; seed <= seeds; seed += 1) {
  test(`replicas that work on the same documents over failing lines end equal, and every sale counts once (seed ${seed})`, () =>
    run(seed));
}
