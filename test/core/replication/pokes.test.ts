import { batch, customers, defineDatastore, inventory } from '@datastores/core';
import type { Poke } from '@datastores/core/protocol';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { callerOf, settled, startReplica, startService, writeThere } from '../../support/sync.ts';

const customer = (id: string, name = `Customer ${id}`) => ({ id, name, status: 'active' as const });
const stock = (id: string, onHand: number) => ({ id, productId: 'p', location: 'here', onHand });
const DATASTORES = [customers, inventory] as const;

type Server = Awaited<ReturnType<typeof startService>>;

/** A replica that is live and has heard the first poke of its stream. */
async function startLive(server: Server) {
  const replica = await startReplica(server.service, { datastores: DATASTORES });
  await settled(replica.stores);
  await expect.poll(() => replica.line.pokes.length).toBeGreaterThan(0);
  const { requests } = replica.line;
  const before = { ...requests };
  return {
    ...replica,
    /** Requests since it was live. */
    asked: () => ({ pull: requests.pull - before.pull, push: requests.push - before.push }),
    names: async () => (await replica.stores.customer.find().exec()).map(({ name }) => name).sort(),
  };
}

test('changes of others arrive with the poke, without any request', async () => {
  await using server = await startService(DATASTORES);
  await writeThere(server.store, customers, [customer('a'), customer('b')]);
  await using replica = await startLive(server);
  await writeThere(server.store, customers, [customer('c'), { ...customer('a'), name: 'Changed' }]);
  await writeThere(server.store, customers, [{ id: 'b', gone: true }]);
  await writeThere(server.store, inventory, [stock('s', 3)]);
  await expect.poll(replica.names).toEqual(['Changed', 'Customer c']);
  await expect.poll(async () => (await replica.stores.inventory.findOne('s').exec())?.onHand).toBe(3);
  expect(replica.asked()).toEqual({ pull: 0, push: 0 });
});

test('only the datastore whose changes do not fit into a poke pulls', async () => {
  await using server = await startService(DATASTORES);
  await using replica = await startLive(server);
  const many = Array.from({ length: 100 }, (_, n) => customer(`c${n}`));
  await writeThere(server.store, customers, many);
  await expect.poll(async () => (await replica.names()).length).toBe(100);
  expect(replica.asked()).toEqual({ pull: 1, push: 0 });
  await writeThere(server.store, customers, [customer('next')]);
  await expect.poll(async () => (await replica.names()).length).toBe(101);
  expect(replica.asked()).toEqual({ pull: 1, push: 0 });
});

test('an own change costs its push alone, and its poke no write', async () => {
  await using server = await startService(DATASTORES);
  await writeThere(server.store, customers, [customer('a')]);
  await using replica = await startLive(server);
  const seen: unknown[] = [];
  const subscription = replica.stores.customer.$.subscribe((event) => seen.push(event.operation));
  const pokes = replica.line.pokes.length;
  await replica.stores.customer.findOne('a').incrementalPatch({ phone: '1' });
  await expect.poll(() => replica.line.pokes.length).toBe(pokes + 1);
  await settled(replica.stores);
  await replica.stores.customer.findOne('a').incrementalPatch({ phone: '2' });
  await settled(replica.stores);
  await expect.poll(() => replica.line.pokes.length).toBe(pokes + 2);
  await new Promise((resolve) => setTimeout(resolve, 20));
  subscription.unsubscribe();
  expect(replica.asked()).toEqual({ pull: 0, push: 2 });
  // The edit and its acknowledgement, twice.
  expect(seen).toEqual(['UPDATE', 'UPDATE', 'UPDATE', 'UPDATE']);
});

test('a poke that overtakes the answer to a push waits for it, and what is newer than the answer is not lost', async () => {
  await using server = await startService(DATASTORES);
  await writeThere(server.store, customers, [customer('a')]);
  await using replica = await startLive(server);
  let answered = false;
  const { service } = server;
  const push = service.push;
  service.push = async (...args) => {
    const answer = await push(...args);
    if (!answered) {
      answered = true;
      await writeThere(server.store, customers, [{ ...customer('a'), phone: '1', name: 'Newer than the answer' }]);
      await expect.poll(() => replica.line.pokes.at(-1)?.steps[0]?.to.seq).toBe(3);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return answer;
  };
  await replica.stores.customer.findOne('a').incrementalPatch({ phone: '1' });
  await expect.poll(replica.names).toEqual(['Newer than the answer']);
  await settled(replica.stores);
  expect((await replica.stores.customer.findOne('a').exec(true)).toJSON()).toMatchObject({ phone: '1' });
});

test('pokes that come while a pull is under way are neither lost nor applied twice', async () => {
  await using server = await startService(DATASTORES);
  await using replica = await startLive(server);
  const events: string[] = [];
  const subscription = replica.stores.customer.$.subscribe((event) => events.push(event.documentId));
  let during = true;
  replica.line.before = async (kind) => {
    if (kind !== 'pull' || !during) return;
    during = false;
    await writeThere(server.store, customers, [customer('before the answer')]);
    setTimeout(() => void writeThere(server.store, customers, [customer('after it')]), 0);
  };
  await replica.stores.syncNow();
  await expect.poll(async () => (await replica.names()).length).toBe(2);
  await new Promise((resolve) => setTimeout(resolve, 20));
  subscription.unsubscribe();
  expect(events.sort()).toEqual(['after it', 'before the answer']);
});

test('a document with unpushed edits is left alone by a poke, and the edit is merged by the server', async () => {
  await using server = await startService(DATASTORES);
  await writeThere(server.store, customers, [customer('a')]);
  await using replica = await startLive(server);
  let hold = () => {};
  const held = new Promise<void>((resolve) => {
    hold = resolve;
  });
  replica.line.before = (kind) => (kind === 'push' ? held : undefined);
  await replica.stores.customer.findOne('a').incrementalPatch({ phone: '1' });
  await writeThere(server.store, customers, [{ ...customer('a'), name: 'Renamed there' }]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  hold();
  await expect.poll(replica.names).toEqual(['Renamed there']);
  await settled(replica.stores);
  expect((await replica.stores.customer.findOne('a').exec(true)).phone).toBe('1');
});

test('after an outage without changes the stream opens again and nothing is pulled; with changes only what changed is', async () => {
  await using server = await startService(DATASTORES);
  await writeThere(server.store, customers, [customer('a')]);
  await using replica = await startLive(server);
  const reopen = async () => {
    const before = replica.line.pokes.length;
    replica.line.up = false;
    replica.line.up = true;
    await expect.poll(() => replica.line.pokes.length, { timeout: 5_000 }).toBeGreaterThan(before);
    await settled(replica.stores);
  };
  await reopen();
  expect(replica.asked()).toEqual({ pull: 0, push: 0 });
  replica.line.poke = () => {};
  await writeThere(server.store, customers, [customer('missed')]);
  replica.line.poke = (poke, deliver) => deliver(poke);
  await reopen();
  await expect.poll(replica.names).toEqual(['Customer a', 'Customer missed']);
  // Both, since a first poke says where a scope stands, not what moved it there.
  expect(replica.asked()).toEqual({ pull: 2, push: 0 });
});

test('a lost poke costs a pull, a doubled or late one nothing', async () => {
  await using server = await startService(DATASTORES);
  await using replica = await startLive(server);
  const pokes: Poke[] = [];
  let deliver: (poke: Poke) => void = () => {};
  replica.line.poke = (poke, pass) => {
    pokes.push(poke);
    deliver = pass;
  };
  for (const id of ['a', 'b', 'c']) await writeThere(server.store, customers, [customer(id)]);
  await expect.poll(() => pokes.flatMap(({ steps }) => steps).length).toBe(3);
  const [first, second, third] = pokes.flatMap(({ steps }) =>
    steps.map((step): Poke => ({ all: false, steps: [step] })),
  );
  for (const poke of [first, first, second, first, second, second]) deliver(poke as Poke);
  await expect.poll(replica.names).toEqual(['Customer a', 'Customer b']);
  expect(replica.asked().pull).toBe(0);
  await writeThere(server.store, customers, [customer('d')]);
  await expect.poll(() => pokes.flatMap(({ steps }) => steps).length).toBe(4);
  deliver({ all: false, steps: [pokes.flatMap(({ steps }) => steps)[3] as Poke['steps'][number]] });
  await expect.poll(async () => (await replica.names()).length).toBe(4);
  // The datastore of the customers, and that of the stock, which cannot know that nothing of it was in between.
  expect(replica.asked().pull).toBe(2);
  deliver(third as Poke);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(replica.asked().pull).toBe(2);
});

test('rows of a poke that cannot be read are pulled instead', async () => {
  await using server = await startService(DATASTORES);
  await using replica = await startLive(server);
  replica.line.poke = (poke, deliver) => {
    const steps = poke.steps.map((step) => ({ ...step, changes: { customer: 'nonsense' } }));
    deliver({ ...poke, steps });
  };
  await writeThere(server.store, customers, [customer('a')]);
  await expect.poll(replica.names).toEqual(['Customer a']);
  expect(replica.asked().pull).toBe(1);
});

test('a batch strategy hears no pokes and applies none', async () => {
  await using server = await startService(DATASTORES);
  const strategies = { customer: batch({ everyMs: 60_000 }) };
  await using replica = await startReplica(server.service, { datastores: DATASTORES, strategies });
  await settled(replica.stores);
  await expect.poll(() => replica.line.pokes.length).toBe(1);
  await writeThere(server.store, customers, [customer('a')]);
  await writeThere(server.store, inventory, [stock('s', 1)]);
  await expect.poll(async () => (await replica.stores.inventory.findOne('s').exec())?.onHand).toBe(1);
  expect(replica.line.pokes.flatMap(({ steps }) => steps.flatMap(({ changes }) => Object.keys(changes)))).toEqual([
    'inventory',
  ]);
  expect(await replica.stores.customer.count().exec()).toBe(0);
});

test('where every datastore keeps to a schedule no stream is opened', async () => {
  await using server = await startService([customers]);
  const strategies = { customer: batch({ everyMs: 60_000 }) };
  await using replica = await startReplica(server.service, { datastores: [customers], strategies });
  await settled(replica.stores);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(replica.line.pokes).toEqual([]);
});

test('a row of a poke that does not fit the schema here is set aside alone', async () => {
  const text = { type: 'string' } as const;
  const loose = defineDatastore({
    name: 'note',
    schema: { type: 'object', properties: { title: text }, required: [] },
  });
  const strict = defineDatastore({
    name: 'note',
    schema: { type: 'object', properties: { title: { type: 'string', maxLength: 5 } }, required: [] },
  });
  await using server = await startService([loose]);
  await using replica = await startReplica(server.service, { datastores: [strict] });
  await settled(replica.stores);
  await expect.poll(() => replica.line.pokes.length).toBe(1);
  const pulls = replica.line.requests.pull;
  await writeThere(server.store, loose, [
    { id: 'a', title: 'fine' },
    { id: 'b', title: 'much too long' },
  ]);
  await expect.poll(() => replica.stores.note.count().exec()).toBe(1);
  await expect.poll(async () => (await firstValueFrom(replica.stores.quarantined$)).map(({ id }) => id)).toEqual(['b']);
  expect(replica.line.requests.pull).toBe(pulls);
});

test('a scope that was lost shows when the stream opens again, and its documents go', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [customer('a')]);
  const caller = { ...callerOf('ana'), scopes: ['main', 'other'] as readonly string[] };
  await using replica = await startReplica(server.service, { datastores: [customers], caller });
  await settled(replica.stores);
  await expect.poll(() => replica.line.pokes.length).toBe(1);
  caller.scopes = ['other'];
  replica.line.up = false;
  replica.line.up = true;
  await expect.poll(() => replica.stores.customer.count().exec(), { timeout: 5_000 }).toBe(0);
});

test('a replica that was restarted goes on from where its last poke led', async () => {
  await using server = await startService([customers]);
  await writeThere(server.store, customers, [customer('a')]);
  const { getRxStorageMemory } = await import('rxdb/plugins/storage-memory');
  const storage = getRxStorageMemory() as never;
  const kept = { datastores: [customers] as const, storage, name: 'restarted' };
  {
    await using replica = await startReplica(server.service, kept);
    await settled(replica.stores);
    await expect.poll(() => replica.line.pokes.length).toBe(1);
    await writeThere(server.store, customers, [customer('b')]);
    await expect.poll(() => replica.stores.customer.count().exec()).toBe(2);
  }
  const checkpoints: unknown[] = [];
  const { service } = server;
  const pull = service.pull;
  service.pull = (request, caller) => {
    checkpoints.push(request.checkpoint);
    return pull(request, caller);
  };
  await using replica = await startReplica(service, kept);
  await settled(replica.stores);
  expect(checkpoints[0]).toMatchObject({ main: { seq: 2 } });
});
