import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { customers, inventory, productCatalog } from '@datastores/core';
import { openDatastores } from '@datastores/node';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folder.ts';

const chai = { id: 'p1', sku: 'CHAI', name: 'Chai', status: 'active' as const };

test('what was written is there after the folder is opened again', async () => {
  using folder = temporaryFolder();
  const first = await openDatastores({ folder: folder.path, datastores: [productCatalog, customers] });
  await first.product.insert(chai);
  await first.product.findOne('p1').incrementalPatch({ price: 1800 });
  await first.close();

  const second = await openDatastores({ folder: folder.path, datastores: [productCatalog, customers] });
  expect((await second.product.findOne('p1').exec())?.toJSON()).toEqual({ ...chai, price: 1800 });
  expect(await firstValueFrom(second.unpushed$)).toBe(1);
  await second.close();
});

test('closing twice is fine, and using a closed replica is refused', async () => {
  using folder = temporaryFolder();
  const stores = await openDatastores({ folder: folder.path, datastores: [productCatalog] });
  await Promise.all([stores.close(), stores.close()]);
  await stores.close();
  await expect(stores.product.insert(chai)).rejects.toThrow();
});

test('an invalid document is refused before it is stored, naming every field and the remedy', async () => {
  using folder = temporaryFolder();
  const stores = await openDatastores({ folder: folder.path, datastores: [productCatalog] });
  const wrong = { id: 'p1', sku: '', name: 'Chai', status: 'sold', colour: 'brown' };
  await expect(stores.product.insert(wrong as never)).rejects.toMatchObject({
    code: 'DOCUMENT_INVALID',
    message: expect.stringMatching(/\/sku.*\/status|\/status.*\/sku/s),
    remedy: expect.stringContaining('nothing was stored'),
  });
  await expect(stores.product.insert(wrong as never)).rejects.toThrow(/colour/);
  expect(await stores.product.count().exec()).toBe(0);
  expect(await firstValueFrom(stores.unpushed$)).toBe(0);
  await stores.close();
});

test('an invalid change is refused and the document stays as it was', async () => {
  using folder = temporaryFolder();
  const stores = await openDatastores({ folder: folder.path, datastores: [productCatalog] });
  await stores.product.insert(chai);
  const document = await stores.product.findOne('p1').exec(true);
  await expect(document.incrementalPatch({ price: -1 })).rejects.toMatchObject({ code: 'DOCUMENT_INVALID' });
  expect((await stores.product.findOne('p1').exec(true)).toJSON()).toEqual(chai);
  await stores.close();
});

test('a document above the size limit is refused at the local write', async () => {
  using folder = temporaryFolder();
  const stores = await openDatastores({ folder: folder.path, datastores: [productCatalog] });
  await expect(stores.product.insert({ ...chai, description: 'x'.repeat(300_000) })).rejects.toMatchObject({
    code: 'DOCUMENT_TOO_LARGE',
  });
  expect(await stores.product.count().exec()).toBe(0);
  await stores.close();
});

test('a second opening of the same folder names the process that has it', async () => {
  using folder = temporaryFolder();
  const stores = await openDatastores({ folder: folder.path, datastores: [inventory] });
  await expect(openDatastores({ folder: folder.path, datastores: [inventory] })).rejects.toMatchObject({
    code: 'FOLDER_LOCKED',
    message: expect.stringContaining(String(process.pid)),
  });
  await stores.close();
  await (await openDatastores({ folder: folder.path, datastores: [inventory] })).close();
});

test('a lock that a dead process left behind is taken over', async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'replica.lock'), '999999999');
  const stores = await openDatastores({ folder: folder.path, datastores: [inventory] });
  await stores.close();
});

test('a path that cannot be a data folder is refused with the remedy', async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, 'a-file');
  writeFileSync(file, '');
  chmodSync(file, 0o400);
  await expect(openDatastores({ folder: join(file, 'data'), datastores: [inventory] })).rejects.toMatchObject({
    code: 'FOLDER_UNUSABLE',
    remedy: expect.stringContaining('writable'),
  });
});

test('a server without a token, or one that is no address, is refused before anything is opened', async () => {
  using folder = temporaryFolder();
  const options = { folder: folder.path, datastores: [inventory] } as const;
  await expect(openDatastores({ ...options, url: 'http://127.0.0.1:1/trpc' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    remedy: expect.stringContaining('DATASTORES_TOKEN'),
  });
  await expect(openDatastores({ ...options, url: 'shop.example', token: 't' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  });
});

test('a replica starts, reads and writes while its server is down', async () => {
  using folder = temporaryFolder();
  const stores = await openDatastores({
    folder: folder.path,
    datastores: [productCatalog],
    url: 'http://127.0.0.1:9/trpc',
    token: 'none',
  });
  await stores.product.insert(chai);
  expect(await stores.confirm('p1', { timeoutMs: 50 })).toEqual({ outcome: 'queued' });
  expect(await firstValueFrom(stores.unpushed$)).toBe(1);
  await expect.poll(async () => (await firstValueFrom(stores.status$)).state).toBe('offline');
  await stores.close({ drainMs: 100 });
});
