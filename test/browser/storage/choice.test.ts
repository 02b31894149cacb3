import 'fake-indexeddb/auto';
import { openDatastores } from '@datastores/browser';
import { customers, orders } from '@datastores/core';
import { createSyncServer, silentLog } from '@datastores/sync-server';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/folder.ts';
import { TEST_SECRET, testToken } from '../../support/token.ts';

const ana = { id: 'c1', name: 'Ana', status: 'active' as const };
const DATASTORES = [customers, orders] as const;

async function namesOf(prefix: string): Promise<string[]> {
  const databases = await indexedDB.databases();
  return databases.flatMap(({ name }) => (name?.startsWith(prefix) ? [name] : [])).sort();
}

test('all documents lie in one database of blocks unless something else is chosen', async () => {
  const stores = await openDatastores({ name: 'usual', datastores: DATASTORES });
  await stores.customer.insert(ana);
  await stores.close();

  expect(await namesOf('datastores-blocks/usual')).toEqual(['datastores-blocks/usual']);
  expect(await namesOf('rxdb-dexie-usual')).toEqual([]);
});

test('one datastore can be left to RxDB’s own storage, and replicates as the others do', async () => {
  using folder = temporaryFolder();
  const server = await createSyncServer(
    { dataFolder: folder.path, server: { port: 0 }, auth: { secret: TEST_SECRET }, datastores: DATASTORES },
    { log: silentLog },
  );
  const { url } = await server.listen();
  const options = { datastores: DATASTORES, url: `${url}/trpc`, token: () => testToken('browser') };
  const mixed = await openDatastores({ name: 'mixed', ...options, storage: { customer: 'dexie' } });
  const other = await openDatastores({ name: 'other', ...options });
  await mixed.customer.insert(ana);
  expect(await mixed.confirm('c1')).toEqual({ outcome: 'accepted' });
  await expect.poll(async () => (await other.customer.findOne('c1').exec())?.name, { timeout: 10_000 }).toBe('Ana');
  await other.customer.findOne('c1').incrementalPatch({ phone: '1' });
  await expect.poll(async () => (await mixed.customer.findOne('c1').exec())?.phone, { timeout: 10_000 }).toBe('1');
  await Promise.all([mixed.close(), other.close()]);
  await server.close();

  expect(await namesOf('rxdb-dexie-mixed')).toEqual(['rxdb-dexie-mixed--0--customer']);
});

test.each([
  ['blocks', 'dexie'],
  ['dexie', 'blocks'],
] as const)('documents that lie in %s are not taken for gone when %s is chosen', async (before, after) => {
  const name = `${before} to ${after}`.replaceAll(' ', '-');
  const first = await openDatastores({ name, datastores: DATASTORES, storage: { customer: before } });
  await first.customer.insert(ana);
  await first.close();

  await expect(openDatastores({ name, datastores: DATASTORES, storage: { customer: after } })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    message: expect.stringContaining(`"customer" in the database "${name}" lie in the storage "${before}"`),
  });
  const again = await openDatastores({ name, datastores: DATASTORES, storage: { customer: before } });
  expect((await again.customer.findOne('c1').exec())?.name).toBe('Ana');
  expect(await firstValueFrom(again.unpushed$)).toBe(1);
  await again.close();
});

test.each([
  [{ custmer: 'dexie' }, /"custmer", which is no datastore/],
  [{ customer: 'memory' }, /"customer" is "memory"/],
  ['sqlite', /"sqlite"/],
])('a storage that there is not is refused: %j', async (storage, message) => {
  const opening = openDatastores({ name: 'wrong', datastores: DATASTORES, storage: storage as never });

  await expect(opening).rejects.toMatchObject({ code: 'OPTION_INVALID', message: expect.stringMatching(message) });
});
