import 'fake-indexeddb/auto';
import { openDatastores } from '@datastores/browser';
import { customers, orders } from '@datastores/core';
import { createSyncServer, silentLog } from '@datastores/sync-server';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';
import { TEST_SECRET, testToken } from '../support/token.ts';

const ana = { id: 'c1', name: 'Ana', status: 'active' as const };

test('datastores open on IndexedDB, keep what is written, and refuse what is invalid', async () => {
  const first = await openDatastores({ name: 'keeps', datastores: [customers, orders] });
  await first.customer.insert(ana);
  await expect(first.customer.insert({ id: 'c2', name: '', status: 'active' })).rejects.toMatchObject({
    code: 'DOCUMENT_INVALID',
  });
  await first.close();
  const second = await openDatastores({ name: 'keeps', datastores: [customers, orders] });
  expect((await second.customer.findOne('c1').exec())?.toJSON()).toEqual(ana);
  expect(await firstValueFrom(second.unpushed$)).toBe(1);
  await second.close();
});

test('a browser replica replicates with a server over HTTP in both directions', async () => {
  using folder = temporaryFolder();
  const server = await createSyncServer(
    { dataFolder: folder.path, server: { port: 0 }, auth: { secret: TEST_SECRET }, datastores: [customers, orders] },
    { log: silentLog },
  );
  const { url } = await server.listen();
  const options = { datastores: [customers, orders], url: `${url}/trpc`, token: () => testToken('browser') } as const;
  const one = await openDatastores({ name: 'one', ...options });
  const two = await openDatastores({ name: 'two', ...options });
  await one.customer.insert(ana);
  expect(await one.confirm('c1')).toEqual({ outcome: 'accepted' });
  await expect.poll(async () => (await two.customer.findOne('c1').exec())?.toJSON(), { timeout: 10_000 }).toEqual(ana);
  await two.customer.findOne('c1').incrementalPatch({ phone: '1' });
  await expect.poll(async () => (await one.customer.findOne('c1').exec())?.phone, { timeout: 10_000 }).toBe('1');
  await Promise.all([one.close(), two.close()]);
  await server.close();
});

test('a url without a token is refused with the remedy', async () => {
  await expect(openDatastores({ datastores: [customers], url: 'http://127.0.0.1:1/trpc' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  });
});
