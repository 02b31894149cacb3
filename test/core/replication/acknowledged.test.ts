import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { customers } from '@datastores/core';
import { type Checkpoint, MAX_PAGE_BYTES, type ReplicationService } from '@datastores/core/protocol';
import { getRxStorageSQLite } from '@datastores/node';
import type { RxStorage } from 'rxdb';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { callerOf, settled, startReplica, startService, writeThere } from '../../support/sync.ts';

const customer = (id: string, name = `Customer ${id}`) => ({ id, name, status: 'active' as const });

type Replica = Awaited<ReturnType<typeof startReplica<readonly [typeof customers]>>>;

/** What a request says of the feed. */
interface Asked {
  readonly checkpoint: Checkpoint | null;
  readonly acknowledged?: Checkpoint | undefined;
}

/** A server whose store can be put back to a copy of before, and a note of what it is asked. */
async function startRestorable() {
  const folder = temporaryFolder();
  const file = join(folder.path, 'store.db');
  const copy = join(folder.path, 'copy.db');
  let server = await startService([customers], file);
  const asked: Asked[] = [];
  const service: ReplicationService = {
    info: () => server.service.info(),
    pull: (request, caller) => {
      asked.push(request);
      return server.service.pull(request, caller);
    },
    push: (request, caller) => {
      asked.push(request);
      return server.service.push(request, caller);
    },
    digest: (...call) => server.service.digest(...call),
    note: (...call) => server.service.note(...call),
    changes: (...call) => server.service.changes(...call),
  };
  const startFrom = async (given: string, before: () => void) => {
    await server[Symbol.asyncDispose]();
    before();
    server = await startService([customers], given);
  };
  return {
    folder: folder.path,
    service,
    asked,
    write: (...documents: Parameters<typeof writeThere>[2][number][]) => writeThere(server.store, customers, documents),
    copy: () => startFrom(file, () => copyFileSync(file, copy)),
    restore: () => startFrom(copy, () => undefined),
    head: async (scope = 'main') => (await server.store.head(scope)).position,
    async contents(scope = 'main') {
      const limits = { after: 0, maxRows: 1000, maxBytes: MAX_PAGE_BYTES };
      const { rows } = await server.store.feed({ scope, datastore: 'customer', ...limits });
      const living = rows.filter(({ deleted }) => !deleted).map(({ body }) => JSON.parse(body));
      return living.map(({ id, name, phone }) => `${id} ${name} ${phone ?? ''}`).sort();
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

async function contentsOf({ stores }: Replica): Promise<string[]> {
  const documents = await stores.customer.find().exec();
  return documents.map(({ id, name, phone }) => `${id} ${name} ${phone ?? ''}`).sort();
}

/** Pokes do not arrive: what is pushed is not pulled back by them. */
function holdPokes(replica: Replica): void {
  replica.line.poke = () => {};
}

async function pushed({ stores }: Replica): Promise<void> {
  await expect.poll(() => firstValueFrom(stores.unpushed$)).toBe(0);
}

/** Writes of every kind, acknowledged and not pulled back. */
async function writeAll(replica: Replica): Promise<void> {
  const { customer: customersHere } = replica.stores;
  await customersHere.insert(customer('own'));
  await customersHere.findOne('c1').incrementalPatch({ phone: '1' });
  await customersHere.findOne('c2').remove();
  await pushed(replica);
}

const storages: [string, (folder: string) => RxStorage<unknown, unknown>][] = [
  ['with common transactions', (folder) => getRxStorageSQLite({ filename: join(folder, 'replica.db') }) as never],
  ['without them', () => getRxStorageMemory() as never],
];

test.each(storages)(
  'a store that lost what it acknowledged is noticed although it has all that was pulled (storage %s)',
  async (...[, storageIn]) => {
    await using server = await startRestorable();
    await server.write(customer('c1'), customer('c2'), customer('c3'));
    await server.copy();
    await using replica = await startReplica(server.service, {
      datastores: [customers],
      storage: storageIn(server.folder),
    });
    await settled(replica.stores);
    holdPokes(replica);
    await writeAll(replica);
    expect(await contentsOf(replica)).toEqual(await server.contents());
    await replica.stores.customer.findOne('c3').incrementalPatch({ phone: '3' });
    await pushed(replica);
    replica.line.up = false;
    await replica.stores.customer.findOne('c3').incrementalPatch({ name: 'Not pushed yet' });
    await server.restore();
    await server.write(customer('c4'), customer('c5'), customer('c6'), customer('c7'), customer('c8'));
    replica.line.up = true;
    await replica.stores.syncNow();
    await settled(replica.stores);

    expect(await server.contents()).toEqual([
      'c1 Customer c1 ',
      'c2 Customer c2 ',
      'c3 Not pushed yet ',
      ...['c4', 'c5', 'c6', 'c7', 'c8'].map((id) => `${id} Customer ${id} `),
    ]);
    expect(await contentsOf(replica)).toEqual(await server.contents());
    expect(await firstValueFrom(replica.stores.rejected$)).toEqual([]);
  },
);

test('a replica that was closed between the acknowledgement and the restore notices it too', async () => {
  await using server = await startRestorable();
  await server.write(customer('c1'), customer('c2'));
  await server.copy();
  const open = () => {
    const storage: RxStorage<unknown, unknown> = getRxStorageSQLite({
      filename: join(server.folder, 'replica.db'),
    }) as never;
    return startReplica(server.service, { datastores: [customers], storage, name: 'kept' });
  };
  {
    await using replica = await open();
    await settled(replica.stores);
    holdPokes(replica);
    await writeAll(replica);
  }
  const head = await server.head();
  await server.restore();
  const before = server.asked.length;
  await using replica = await open();
  await settled(replica.stores);

  expect(server.asked[before]?.acknowledged).toEqual({ main: head });
  expect(await contentsOf(replica)).toEqual(['c1 Customer c1 ', 'c2 Customer c2 ']);
  expect(await server.contents()).toEqual(await contentsOf(replica));
});

test('what is acknowledged is asked for until it is pulled, by the next batch too, and not any more after that', async () => {
  await using server = await startRestorable();
  await server.write(customer('c1'));
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  holdPokes(replica);
  await replica.stores.customer.insert(customer('a'));
  await pushed(replica);
  const first = await server.head();
  await replica.stores.customer.insert(customer('b'));
  await pushed(replica);
  const second = await server.head();
  await replica.stores.syncNow();
  await replica.stores.syncNow();

  const told = server.asked.map(({ acknowledged }) => acknowledged?.['main'] ?? null);
  expect(told.filter((position, index) => JSON.stringify(position) !== JSON.stringify(told[index - 1]))).toEqual([
    null,
    first,
    second,
    null,
  ]);
  expect(server.asked.at(-1)?.checkpoint).toEqual({ main: second });
});

test('a poke that goes on from the checkpoint is not applied while what was acknowledged may be lost', async () => {
  await using server = await startRestorable();
  await server.write(customer('c1'), customer('c2'));
  await server.copy();
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  holdPokes(replica);
  await writeAll(replica);
  const reads: string[][] = [];
  using subscription = disposable(
    replica.stores.customer.find().$.subscribe((found) => reads.push(found.map(({ id }) => id).sort())),
  );
  expect(subscription).toBeDefined();
  await server.restore();
  replica.line.poke = (poke, deliver) => deliver(poke);
  await expect.poll(() => contentsOf(replica), { timeout: 10_000 }).toEqual(['c1 Customer c1 ', 'c2 Customer c2 ']);
  await server.write(customer('c3'));
  await expect.poll(() => contentsOf(replica), { timeout: 10_000 }).toEqual(await server.contents());
  // "own" was lost by the server before "c3" came: nobody ever sees the two together.
  expect(reads.filter((ids) => ids.includes('own') && ids.includes('c3'))).toEqual([]);
});

test('an own change that is poked back after its answer needs no pull', async () => {
  await using server = await startRestorable();
  await server.write(customer('c1'));
  await using replica = await startReplica(server.service, { datastores: [customers] });
  await settled(replica.stores);
  await expect.poll(() => replica.line.pokes.length).toBeGreaterThan(0);
  const held: (() => void)[] = [];
  replica.line.poke = (poke, deliver) => held.push(() => deliver(poke));
  const { pull } = replica.line.requests;
  await replica.stores.customer.insert(customer('own'));
  await pushed(replica);
  await expect.poll(() => held.length).toBe(1);
  for (const deliver of held) deliver();
  replica.line.poke = (poke, deliver) => deliver(poke);
  await server.write(customer('c2'));
  await expect.poll(() => contentsOf(replica)).toEqual(['c1 Customer c1 ', 'c2 Customer c2 ', 'own Customer own ']);
  expect(replica.line.requests.pull).toBe(pull);
});

test('what was acknowledged in a scope goes with the scope, also where the scope was never pulled', async () => {
  await using server = await startRestorable();
  const caller = callerOf('ana') as { scopes: string[] } & ReturnType<typeof callerOf>;
  await using replica = await startReplica(server.service, { datastores: [customers], caller });
  await settled(replica.stores);
  holdPokes(replica);
  caller.scopes = ['other', 'main'];
  await replica.stores.customer.insert(customer('own'));
  await pushed(replica);
  expect(await server.contents('other')).toEqual(['own Customer own ']);
  caller.scopes = ['main'];
  await replica.stores.customer.insert(customer('next'));
  await replica.stores.syncNow();
  await settled(replica.stores);

  expect(await contentsOf(replica)).toEqual(['next Customer next ']);
  expect(await server.contents('main')).toEqual(['next Customer next ']);
});

function disposable(subscription: { unsubscribe(): void }): Disposable {
  return { [Symbol.dispose]: () => subscription.unsubscribe() };
}
