import { customers, defineDatastore, inventory } from '@datastores/core';
import { openDatastores } from '@datastores/node';
import { createSyncServer, silentLog } from '@datastores/sync-server';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { TEST_SECRET, testToken } from '../../support/token.ts';

const ana = { id: 'c1', name: 'Ana', status: 'active' as const };
const POLL = { timeout: 10_000, interval: 20 };

/** A server of its own that knows customers only. */
async function serve() {
  const folder = temporaryFolder();
  const server = await createSyncServer(
    { dataFolder: folder.path, server: { port: 0 }, auth: { secret: TEST_SECRET }, datastores: [customers] },
    { log: silentLog },
  );
  const { url } = await server.listen();
  return {
    url: `${url}/trpc`,
    server,
    async [Symbol.asyncDispose]() {
      await server.close();
      folder[Symbol.dispose]();
    },
  };
}

test('a wrong token: the replica says that somebody has to sign in, keeps the edit, and pushes it after the sign-in', async () => {
  await using server = await serve();
  using folder = temporaryFolder();
  let token = 'not-a-token';
  const stores = await openDatastores({
    folder: folder.path,
    datastores: [customers],
    url: server.url,
    token: () => token,
  });
  await stores.customer.insert(ana);
  await expect.poll(async () => (await firstValueFrom(stores.status$)).state, POLL).toBe('needs-sign-in');
  expect((await firstValueFrom(stores.status$)).datastores.customer?.error).toMatchObject({ code: 'TOKEN_INVALID' });
  expect(await firstValueFrom(stores.unpushed$)).toBe(1);
  token = await testToken('ana');
  await stores.syncNow();
  await expect.poll(async () => (await firstValueFrom(stores.status$)).state, POLL).toBe('live');
  expect(await firstValueFrom(stores.unpushed$)).toBe(0);
  await stores.close();
});

test('an expired token: the message names it and the remedy', async () => {
  await using server = await serve();
  using folder = temporaryFolder();
  const token = await testToken('ana', ['main'], '-1h');
  const stores = await openDatastores({ folder: folder.path, datastores: [customers], url: server.url, token });
  await expect.poll(async () => (await firstValueFrom(stores.status$)).state, POLL).toBe('needs-sign-in');
  const { error } = (await firstValueFrom(stores.status$)).datastores.customer ?? {};
  expect(error).toMatchObject({ code: 'TOKEN_EXPIRED', remedy: expect.stringContaining('new token') });
  await stores.close();
});

test('a replica without a valid token stops asking after a few tries', async () => {
  await using server = await serve();
  using folder = temporaryFolder();
  let asked = 0;
  const token = () => {
    asked += 1;
    return 'wrong';
  };
  const stores = await openDatastores({ folder: folder.path, datastores: [customers], url: server.url, token });
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  const before = asked;
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  expect(before).toBeLessThanOrEqual(12);
  expect(asked - before).toBeLessThanOrEqual(2);
  await stores.close();
});

test('a datastore the server does not serve stops alone, with its name in the message; the others go on', async () => {
  await using server = await serve();
  using folder = temporaryFolder();
  const token = await testToken('ana');
  const stores = await openDatastores({
    folder: folder.path,
    datastores: [customers, inventory],
    url: server.url,
    token,
  });
  await stores.customer.insert(ana);
  await stores.inventory.insert({ id: 's1', productId: 'p1', location: 'here', onHand: 1 });
  await expect
    .poll(async () => (await firstValueFrom(stores.status$)).datastores.inventory?.state, POLL)
    .toBe('stopped');
  const { datastores } = await firstValueFrom(stores.status$);
  expect(datastores.inventory?.error).toMatchObject({
    code: 'DATASTORE_UNKNOWN',
    message: expect.stringContaining('inventory'),
  });
  await expect.poll(async () => (await firstValueFrom(stores.status$)).datastores.customer?.state, POLL).toBe('live');
  // The stock level stays where it is until a server takes it.
  await expect.poll(() => firstValueFrom(stores.unpushed$), POLL).toBe(1);
  await stores.close();
});

test('a replica of a newer schema than the server is told to wait for the server, and keeps its edits', async () => {
  await using server = await serve();
  using folder = temporaryFolder();
  const newer = defineDatastore({
    name: 'customer',
    version: 1,
    schema: {
      type: 'object',
      properties: { name: { type: 'string' }, status: { type: 'string' } },
      required: ['name'],
    },
    versions: { 1: { up: (document) => document, down: (document) => document } },
  });
  const token = await testToken('ana');
  const stores = await openDatastores({ folder: folder.path, datastores: [newer], url: server.url, token });
  await stores.customer.insert({ id: 'c1', name: 'Ana' });
  await expect.poll(async () => (await firstValueFrom(stores.status$)).state, POLL).toBe('stopped');
  expect((await firstValueFrom(stores.status$)).datastores.customer?.error).toMatchObject({ code: 'UPGRADE_REQUIRED' });
  expect(await firstValueFrom(stores.unpushed$)).toBe(1);
  await stores.close();
});

test('an address where no sync server answers is told as such', async () => {
  await using server = await serve();
  using folder = temporaryFolder();
  const url = server.url.replace('/trpc', '/elsewhere');
  const stores = await openDatastores({
    folder: folder.path,
    datastores: [customers],
    url,
    token: await testToken('ana'),
  });
  await expect.poll(async () => (await firstValueFrom(stores.status$)).state, POLL).toBe('stopped');
  const { error } = (await firstValueFrom(stores.status$)).datastores.customer ?? {};
  expect(error?.remedy).toContain('URL');
  await stores.close();
});
