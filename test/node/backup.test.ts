import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { customers, inventory } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { exchange, startServerWithReplicas } from '../support/node-replica.ts';

const DATASTORES = [customers, inventory] as const;
const customer = (id: string) => ({ id, name: `Customer ${id}`, status: 'active' as const });

async function openPlace() {
  const server = await startServerWithReplicas(DATASTORES);
  await server.write(customers, ['c1', 'c2', 'gone'].map(customer));
  await server.write(inventory, [{ id: 's1', productId: 'p1', location: 'here', onHand: 100 }]);
  return {
    ...server,
    backup: join(server.path('backups'), 'replica.db'),
    /** Puts a backup into a new data folder, as an operator does it. */
    restore(name: string) {
      mkdirSync(server.path(name));
      copyFileSync(join(server.path('backups'), 'replica.db'), join(server.path(name), 'replica.db'));
    },
  };
}

type Stores = Awaited<ReturnType<Awaited<ReturnType<typeof openPlace>>['open']>>['stores'];

const sell = (stores: Stores, count: number) =>
  stores.inventory.findOne('s1').incrementalModify((s) => ({ ...s, onHand: s.onHand - count }));

test.each(['is gone', 'has pushed everything and gone on', 'goes on beside it'])(
  'a restored backup pushes its unpushed edits once where the original %s',
  async (what) => {
    await using place = await openPlace();
    {
      await using original = await place.open('original');
      const { stores } = original;
      await exchange(stores);
      await sell(stores, 1);
      await stores.customer.findOne('c1').incrementalPatch({ phone: '1' });
      await stores.customer.insert(customer('new'));
      await (await stores.customer.findOne('gone').exec(true)).remove();
      const { path, bytes } = await stores.backup(place.backup);
      expect([path, bytes > 4_096]).toEqual([place.backup, true]);
      // Not in the backup.
      await sell(stores, 2);
      await stores.customer.findOne('c2').incrementalPatch({ phone: '2' });
      if (what !== 'is gone') await exchange(stores);
      expect(await firstValueFrom(stores.unpushed$)).toBe(what === 'is gone' ? 5 : 0);
    }
    place.restore('restored');
    await using restored = await place.open('restored');
    expect(await firstValueFrom(restored.stores.unpushed$)).toBe(4);
    expect((await restored.stores.customer.findOne('c1').exec(true)).phone).toBe('1');
    await sell(restored.stores, 10);
    await exchange(restored.stores);
    if (what === 'goes on beside it') {
      await using original = await place.open('original');
      await sell(original.stores, 20);
      await exchange(original.stores);
      await exchange(restored.stores);
    }
    const sold = { 'is gone': 11, 'has pushed everything and gone on': 13, 'goes on beside it': 33 }[what] as number;
    expect((await place.document('inventory', 's1')).onHand).toBe(100 - sold);
    expect((await restored.stores.inventory.findOne('s1').exec(true)).onHand).toBe(100 - sold);
    expect(await place.document('customer', 'c1')).toEqual({ ...customer('c1'), phone: '1' });
    expect(await place.document('customer', 'new')).toEqual(customer('new'));
    expect(await place.document('customer', 'gone')).toBeNull();
    expect((await place.document('customer', 'c2')).phone).toBe(what === 'is gone' ? undefined : '2');
  },
);

test('a replica can be backed up again and again, also one that was restored', async () => {
  await using place = await openPlace();
  await using original = await place.open('original', { offline: true });
  await original.stores.customer.insert(customer('a'));
  await original.stores.backup(place.backup);
  await original.stores.customer.insert(customer('b'));
  await original.stores.backup(place.backup);
  expect(readdirSync(place.path('backups'))).toEqual(['replica.db']);
  place.restore('restored');
  await using restored = await place.open('restored', { offline: true });
  expect((await restored.stores.customer.find().exec()).map(({ id }) => id)).toEqual(['a', 'b']);
  await restored.stores.backup(place.backup);
});

test('a backup onto a replica, open or closed, is refused, and one of a closed replica too', async () => {
  await using place = await openPlace();
  await using original = await place.open('original', { offline: true });
  await (await place.open('closed', { offline: true }))[Symbol.asyncDispose]();
  for (const name of ['original', 'closed']) {
    await expect(original.stores.backup(join(place.path(name), 'replica.db'))).rejects.toMatchObject({
      code: 'BACKUP_REFUSED',
      remedy: expect.stringContaining('Choose a path'),
    });
  }
  await original.stores.close();
  await expect(original.stores.backup(place.backup)).rejects.toMatchObject({ code: 'REPLICA_CLOSED' });
});

test('closing waits for a backup that is being made', async () => {
  await using place = await openPlace();
  const original = await place.open('original', { offline: true });
  await original.stores.customer.bulkInsert(Array.from({ length: 3_000 }, (_, at) => customer(`c${at}`)));
  const backup = original.stores.backup(place.backup);
  await original.stores.close();
  expect(existsSync(place.backup)).toBe(true);
  await backup;
  place.restore('restored');
  await using restored = await place.open('restored', { offline: true });
  expect(await restored.stores.customer.count().exec()).toBe(3_000);
});
