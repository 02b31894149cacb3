import { join } from 'node:path';
import { customers, defineDatastore } from '@datastores/core';
import { openDatastores } from '@datastores/node';
import { createSyncServer, relayOf, silentLog } from '@datastores/sync-server';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { openProxy } from '../../support/proxy.ts';
import { SECRET, startServer, tokenFor } from '../http/test-server.ts';

const shelves = defineDatastore({
  name: 'shelf',
  schema: {
    type: 'object',
    properties: { label: { type: 'string' }, note: { type: 'string' }, stock: { type: 'integer' } },
    required: ['label', 'stock'],
  } as const,
  fields: { stock: { counter: true } },
});
const DATASTORES = [customers, shelves] as const;
const WAIT = { timeout: 15_000 };

/** A centre, a line that can be cut, a relay at its other end, and two tills at the relay. */
async function open() {
  const folder = temporaryFolder();
  const centre = await startServer({ datastores: DATASTORES });
  const line = await openProxy(centre.server.port ?? 0);
  const start = async () => {
    const relay = relayOf({
      url: `http://127.0.0.1:${line.port}/trpc`,
      token: () => tokenFor({ sub: 'bridge-berlin' }),
      replica: 'bridge-berlin',
      datastores: DATASTORES,
      timeoutMs: 3_000,
    });
    const server = await createSyncServer(
      { ...relay, dataFolder: join(folder.path, 'relay'), server: { port: 0 }, auth: { secret: SECRET } },
      { log: silentLog },
    );
    return { server, url: (await server.listen()).url };
  };
  const relay = await start();
  const till = (name: string, url = relay.url) =>
    openDatastores({
      datastores: DATASTORES,
      folder: join(folder.path, name),
      url: `${url}/trpc`,
      token: () => tokenFor({ sub: name }),
    });
  const there = async (datastore: string, id: string) => {
    const stored = await centre.server.store.document('main', { datastore, id });
    return stored === null || stored.deleted ? null : JSON.parse(stored.body);
  };
  const tills = [await till('one'), await till('two')] as const;
  return {
    centre,
    line,
    relay: relay.server,
    tills,
    elsewhere: await till('three', centre.url),
    there,
    async [Symbol.asyncDispose]() {
      for (const stores of [...tills, this.elsewhere]) await stores.close();
      await relay.server.close();
      await line[Symbol.asyncDispose]();
      await centre[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

const customer = (id: string, name = id) => ({ id, name, status: 'active' as const });

test('tills at a relay and at the centre see each other’s changes', async () => {
  await using at = await open();
  const [one, two] = at.tills;
  await one.customer.insert(customer('c1'));
  await at.elsewhere.customer.insert(customer('c2'));
  for (const stores of [one, two, at.elsewhere]) {
    await expect
      .poll(async () => (await stores.customer.find().exec()).map(({ id }) => id).sort(), WAIT)
      .toEqual(['c1', 'c2']);
  }
  await at.elsewhere.customer.findOne('c1').incrementalPatch({ phone: '7' });
  await expect.poll(async () => (await two.customer.findOne('c1').exec())?.phone, WAIT).toBe('7');
  await two.customer.findOne('c2').incrementalRemove();
  await expect.poll(() => at.there('customer', 'c2'), WAIT).toBeNull();
});

test('while the line is cut the tills of a place go on seeing each other, and the centre gets everything once', async () => {
  await using at = await open();
  const [one, two] = at.tills;
  await one.shelf.insert({ id: 's1', label: 'Nails', stock: 100 });
  await one.customer.insert(customer('c1'));
  await expect.poll(async () => (await at.elsewhere.shelf.findOne('s1').exec())?.stock, WAIT).toBe(100);
  await expect.poll(async () => (await at.elsewhere.customer.findOne('c1').exec())?.name, WAIT).toBe('c1');

  at.line.cut();
  for (let sale = 0; sale < 10; sale += 1) {
    await one.shelf.findOne('s1').incrementalModify((shelf) => ({ ...shelf, stock: shelf.stock - 1 }));
    await two.shelf.findOne('s1').incrementalModify((shelf) => ({ ...shelf, stock: shelf.stock - 2 }));
    await at.elsewhere.shelf.findOne('s1').incrementalModify((shelf) => ({ ...shelf, stock: shelf.stock - 3 }));
  }
  await one.customer.insert(customer('new', 'Made offline'));
  await one.customer.findOne('c1').incrementalPatch({ name: 'From the place' });
  await at.elsewhere.customer.findOne('c1').incrementalPatch({ name: 'From elsewhere', phone: '1' });
  // Both tills of the place have what the other one did.
  for (const stores of [one, two]) {
    await expect.poll(async () => (await stores.shelf.findOne('s1').exec())?.stock, WAIT).toBe(70);
    await expect.poll(async () => (await stores.customer.findOne('new').exec())?.name, WAIT).toBe('Made offline');
  }
  expect(await at.there('customer', 'new')).toBeNull();
  expect((await at.there('shelf', 's1')).stock).toBe(70);

  at.line.mend();
  for (const stores of [one, two, at.elsewhere]) {
    await expect.poll(async () => (await stores.shelf.findOne('s1').exec())?.stock, { timeout: 40_000 }).toBe(40);
    await expect.poll(async () => (await stores.customer.findOne('new').exec())?.name, WAIT).toBe('Made offline');
    // Of two changes of one field the centre keeps its own, as the declaration says of server and replica.
    const read = async () => (await stores.customer.findOne('c1').exec())?.toMutableJSON();
    await expect.poll(read, WAIT).toMatchObject({ name: 'From elsewhere', phone: '1' });
  }
  expect((await at.there('shelf', 's1')).stock).toBe(40);
  const limits = { after: 0, maxRows: 100, maxBytes: 1e6 };
  const made = await at.centre.server.store.feed({ scope: 'main', datastore: 'customer', ...limits });
  expect(made.rows.map(({ id }) => id).sort()).toEqual(['c1', 'new']);
  expect(await firstValueFrom(one.rejected$)).toEqual([]);
  expect(await firstValueFrom(two.rejected$)).toEqual([]);
}, 90_000);

test('a receipt tells when a write has come through to the centre', async () => {
  await using at = await open();
  const [one] = at.tills;
  at.line.cut();
  await one.customer.insert(customer('c1'));
  const till = { until: 'confirmed', system: 'centre' } as const;
  expect((await one.confirm('c1', { ...till, timeoutMs: 1_000 })).outcome).toBe('waiting');
  at.line.mend();
  expect(await one.confirm('c1', { ...till, timeoutMs: 40_000 })).toMatchObject({
    outcome: 'confirmed',
    systems: [{ system: 'centre', reference: 'c1' }],
  });
  expect(await at.there('customer', 'c1')).toMatchObject({ name: 'c1' });
}, 60_000);
