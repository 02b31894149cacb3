import { copyFileSync, cpSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { customers, inventory } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { lockFolder } from '../../packages/node/src/folder-lock.ts';
import { filesIn } from '../../packages/node/src/salvage/folder-files.ts';
import { inspectFolder } from '../../packages/node/src/salvage/inspect-folder.ts';
import { overwrite } from '../support/damaged-folder.ts';
import { exchange, startServerWithReplicas } from '../support/node-replica.ts';

const DATASTORES = [customers, inventory] as const;
const customer = (id: string) => ({ id, name: `Customer ${id}`, status: 'active' as const });

async function openPlace() {
  const server = await startServerWithReplicas(DATASTORES);
  await server.write(customers, ['c1', 'c2', 'gone'].map(customer));
  const stock = { productId: 'p1', location: 'here', onHand: 200 };
  await server.write(
    inventory,
    ['s1', 's2'].map((id) => ({ id, ...stock })),
  );
  return {
    ...server,
    /** Copies a data folder as `cp -r` does. */
    copy: (from: string, to: string) => cpSync(server.path(from), server.path(to), { recursive: true }),
    file: (folder: string, name: string) => join(server.path(folder), name),
  };
}

type Place = Awaited<ReturnType<typeof openPlace>>;
type Stores = Awaited<ReturnType<Place['open']>>['stores'];

const sell = (stores: Stores, count: number, id = 's1') =>
  stores.inventory.findOne(id).incrementalModify((s) => ({ ...s, onHand: s.onHand - count }));

/** Edits that are not pushed: one of each kind, the third of a counter. */
async function edit(stores: Stores): Promise<void> {
  await sell(stores, 1);
  await sell(stores, 2);
  await sell(stores, 4);
  await stores.customer.findOne('c1').incrementalPatch({ phone: '1' });
  await stores.customer.insert(customer('new'));
  await (await stores.customer.findOne('gone').exec(true)).remove();
}

/** Both go on with the same documents, and exchange by turns. Everything must be on the server once. */
async function goOnBeside(place: Place, original: Stores, copy: Stores): Promise<void> {
  expect(copy.replicaId).not.toBe(original.replicaId);
  expect([copy.damageReports(), original.damageReports()]).toEqual([[], []]);
  for (const [name, stores, count] of [
    ['original', original, 8],
    ['copy', copy, 16],
  ] as const) {
    expect(await firstValueFrom(stores.unpushed$)).toBe(4);
    await sell(stores, count);
    await stores.customer.insert(customer(`of-${name}`));
  }
  await original.customer.findOne('new').incrementalPatch({ phone: 'original' });
  await copy.customer.findOne('new').incrementalPatch({ email: 'copy@example.org' });
  await exchange(copy);
  await exchange(original);
  await sell(original, 32);
  await sell(copy, 64);
  await exchange(original);
  await exchange(copy);
  await exchange(original);
  const left = 200 - (1 + 2 + 4) - 8 - 16 - 32 - 64;
  expect((await place.document('inventory', 's1')).onHand).toBe(left);
  expect(await place.document('customer', 'c1')).toEqual({ ...customer('c1'), phone: '1' });
  const both = { ...customer('new'), phone: 'original', email: 'copy@example.org' };
  expect(await place.document('customer', 'new')).toEqual(both);
  expect(await place.document('customer', 'gone')).toBeNull();
  for (const name of ['original', 'copy']) {
    expect(await place.document('customer', `of-${name}`)).toEqual(customer(`of-${name}`));
  }
  for (const stores of [original, copy]) {
    expect(await firstValueFrom(stores.unpushed$)).toBe(0);
    expect(await firstValueFrom(stores.rejected$)).toEqual([]);
    expect((await stores.inventory.findOne('s1').exec(true)).onHand).toBe(left);
    expect((await stores.customer.findOne('new').exec(true)).toJSON()).toEqual(both);
  }
}

test('a copy of a closed folder and its original both go on, and each of their writes takes effect once', async () => {
  await using place = await openPlace();
  {
    await using original = await place.open('original');
    await exchange(original.stores);
    await edit(original.stores);
  }
  place.copy('original', 'copy');
  await using copy = await place.open('copy');
  await using original = await place.open('original');
  await goOnBeside(place, original.stores, copy.stores);
});

test('a copy of a folder that a running process has is opened beside it, and both go on', async () => {
  await using place = await openPlace();
  await using original = await place.open('original');
  await exchange(original.stores);
  await edit(original.stores);
  place.copy('original', 'copy');
  ownedByAnother(place.file('copy', 'replica.lock'));
  await using copy = await place.open('copy');
  await goOnBeside(place, original.stores, copy.stores);
});

test('what the original has pushed before its copy is opened takes effect once, and so does a copy of the copy', async () => {
  await using place = await openPlace();
  await using original = await place.open('original');
  await exchange(original.stores);
  await edit(original.stores);
  place.copy('original', 'copy');
  await sell(original.stores, 8);
  await exchange(original.stores);
  const ids = new Set([original.stores.replicaId]);
  {
    await using copy = await place.open('copy', { offline: true });
    ids.add(copy.stores.replicaId);
    await sell(copy.stores, 16, 's2');
  }
  place.copy('copy', 'third');
  for (const [name, count] of [
    ['third', 32],
    ['copy', 64],
  ] as const) {
    await using replica = await place.open(name);
    ids.add(replica.stores.replicaId);
    await sell(replica.stores, count, 's2');
    await exchange(replica.stores);
  }
  expect(ids.size).toBe(3);
  expect((await place.document('inventory', 's1')).onHand).toBe(200 - 7 - 8);
  expect((await place.document('inventory', 's2')).onHand).toBe(200 - 16 - 32 - 64);
});

test('a folder that is moved, or opened again, is no copy', async () => {
  await using place = await openPlace();
  let id = '';
  {
    await using original = await place.open('original', { offline: true });
    id = original.stores.replicaId;
    await original.stores.customer.insert(customer('a'));
  }
  renameSync(place.path('original'), place.path('moved'));
  for (const _ of [1, 2]) {
    await using moved = await place.open('moved', { offline: true });
    expect(moved.stores.replicaId).toBe(id);
    expect(await firstValueFrom(moved.stores.unpushed$)).toBe(1);
  }
});

test('a folder that another process has is refused, also by another name', async () => {
  await using place = await openPlace();
  await using original = await place.open('original', { offline: true });
  ownedByAnother(place.file('original', 'replica.lock'));
  renameSync(place.path('original'), place.path('moved'));
  await expect(place.open('moved', { offline: true })).rejects.toMatchObject({
    code: 'FOLDER_LOCKED',
    message: expect.stringContaining(`${process.ppid}`),
  });
  renameSync(place.path('moved'), place.path('original'));
  await original.stores.close();
});

test.each([
  ['the database alone was copied', (folder: string, from: string) => [folder, from], true],
  [
    'its mark cannot be read',
    (folder: string) => writeFileSync(join(folder, 'replica.id'), 'some-id\nnonsense\n'),
    true,
  ],
  ['an earlier version has closed it, without a mark', oneLine, false],
])('where %s, this decides whether it goes on as a copy', async (_what, change, copied) => {
  await using place = await openPlace();
  let id = '';
  {
    await using original = await place.open('original', { offline: true });
    id = original.stores.replicaId;
    await original.stores.customer.insert(customer('a'));
  }
  if (change.length === 2) {
    mkdirSync(place.path('here'));
    copyFileSync(place.file('original', 'replica.db'), place.file('here', 'replica.db'));
  } else renameSync(place.path('original'), place.path('here'));
  change(place.path('here'), place.path('original'));
  let opened = '';
  {
    await using here = await place.open('here', { offline: true });
    opened = here.stores.replicaId;
    expect(opened !== id).toBe(copied);
    expect(await firstValueFrom(here.stores.unpushed$)).toBe(1);
  }
  await using again = await place.open('here', { offline: true });
  expect(again.stores.replicaId, 'from now on it has a mark').toBe(opened);
  place.copy('here', 'copy');
  await using copy = await place.open('copy', { offline: true });
  expect(copy.stores.replicaId).not.toBe(opened);
});

test.each([
  ['before the database was marked', async () => {}],
  [
    'between marking and opening it',
    async (place: Place) => {
      const datastores = new Map(DATASTORES.map((datastore) => [datastore.name, datastore]));
      const lock = lockFolder(place.path('copy'));
      const inspected = {
        files: filesIn(place.path('copy')),
        datastores,
        left: lock.left,
        durability: 'full',
      } as const;
      expect(await inspectFolder(inspected)).toBe(true);
      const left = readFileSync(place.file('copy', 'replica.lock'), 'utf8');
      lock.release();
      writeFileSync(place.file('copy', 'replica.lock'), left.replace(`${process.pid}`, '999999999'));
    },
  ],
  [
    'between opening it and keeping its own mark',
    async (place: Place) => {
      const before = readFileSync(place.file('copy', 'replica.id'));
      const { stores } = await place.open('copy', { offline: true });
      await stores.close();
      writeFileSync(place.file('copy', 'replica.id'), before);
    },
  ],
])('a process that dies %s leaves a copy, and no edit of it is lost or counted twice', async (_when, die) => {
  await using place = await openPlace();
  await using original = await place.open('original');
  await exchange(original.stores);
  await edit(original.stores);
  place.copy('original', 'copy');
  await die(place);
  await using copy = await place.open('copy');
  await goOnBeside(place, original.stores, copy.stores);
});

test('damage of a copy that no check finds is met when it is marked, and salvaged', async () => {
  await using place = await openPlace();
  {
    await using original = await place.open('original', { offline: true });
    await original.stores.customer.insert(customer('a'));
  }
  place.copy('original', 'copy');
  const database = place.file('copy', 'replica.db');
  const start = readFileSync(database).indexOf('{"kind":"identity"');
  expect(start).toBeGreaterThan(0);
  overwrite(database, { start, length: 6 }, (old) => old.fill(0x7b));
  await using copy = await place.open('copy', { offline: true });
  expect(copy.stores.damageReports()).toMatchObject([{ salvaged: 1, lost: [] }]);
  expect(await firstValueFrom(copy.stores.unpushed$)).toBe(1);
  await using original = await place.open('original', { offline: true });
  expect(copy.stores.replicaId).not.toBe(original.stores.replicaId);
});

test('a replica that cannot keep the mark of its file is not opened', async () => {
  await using place = await openPlace();
  mkdirSync(place.file('original', 'replica.id.new/in the way'), { recursive: true });
  await expect(place.open('original', { offline: true })).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    message: expect.stringContaining('replica.id cannot be written'),
  });
  renameSync(place.file('original', 'replica.id.new'), place.path('aside'));
  await (await place.open('original', { offline: true })).stores.close();
});

/** Lets the lock be that of another process, which lives. */
function ownedByAnother(lock: string): void {
  const [, ...rest] = readFileSync(lock, 'utf8').split('\n');
  writeFileSync(lock, [process.ppid, ...rest].join('\n'));
}

function oneLine(folder: string): void {
  const identity = join(folder, 'replica.id');
  writeFileSync(identity, `${readFileSync(identity, 'utf8').split('\n')[0]}\n`);
}
