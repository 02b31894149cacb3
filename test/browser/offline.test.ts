import { copyFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chromium } from '../support/chromium.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openShop } from '../support/shop.ts';
import type { ShopPage } from './pages/shop.ts';

const browser = chromium();
const ENTRY = 'test/browser/pages/shop.ts';
const WAIT = { timeout: 20_000 };
const CUT = {
  expectedErrors: [/ERR_INTERNET_DISCONNECTED|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_FAILED|ERR_INCOMPLETE|CORS policy/],
};

type Shop = Awaited<ReturnType<typeof openShop>>;

async function there(shop: Shop, id: string) {
  const stored = await shop.server.store.document('main', { datastore: 'customer', id });
  return stored === null || stored.deleted ? null : JSON.parse(stored.body);
}

test('a page reloads offline, goes on writing, counts what is unpushed, and once online it arrives once', async () => {
  await using shop = await openShop(ENTRY, { offline: true });
  await using profile = await browser.profile(CUT);
  const tab = await profile.tab<ShopPage>(await shop.page());
  await tab.page.evaluate(() => navigator.serviceWorker.ready);
  await tab.reload();
  await tab.api.add('c1', 'Ana');
  expect(await tab.api.confirm('c1')).toEqual({ outcome: 'accepted' });
  await profile.setOffline(true);
  await expect.poll(async () => (await tab.api.status()).state, WAIT).toBe('offline');
  await tab.api.addMany('n', 20);
  await tab.api.patch('c1', { phone: '1' });
  await tab.reload();
  expect(await tab.api.count()).toBe(21);
  expect(await tab.api.unpushed()).toBe(21);
  expect(await tab.api.receipt('c1')).toBe('saved');
  expect(await tab.api.confirm('c1', 100)).toEqual({ outcome: 'queued' });

  await profile.setOffline(false);

  await expect.poll(() => tab.api.unpushed(), WAIT).toBe(0);
  expect(await there(shop, 'c1')).toMatchObject({ phone: '1' });
  expect(await tab.api.rejected()).toEqual([]);
  // Each document was written once: its version is the first one, and that of the edited one the second.
  const head = await shop.server.store.document('main', { datastore: 'customer', id: 'n7' });
  expect(head).toMatchObject({ deleted: false });
  await tab.api.syncNow();
  expect(await shop.server.store.document('main', { datastore: 'customer', id: 'n7' })).toEqual(head);
});

test('edits of two profiles that are offline are merged, and a removed document stays removed', async () => {
  await using shop = await openShop(ENTRY);
  await using one = await browser.profile(CUT);
  await using two = await browser.profile(CUT);
  const [ana, ben] = [await one.tab<ShopPage>(await shop.page('ana')), await two.tab<ShopPage>(await shop.page('ben'))];
  await ana.api.add('c1', 'Ana');
  await ana.api.add('c2', 'Gone');
  await expect.poll(() => ben.api.count(), WAIT).toBe(2);
  await one.setOffline(true);
  await two.setOffline(true);
  await ana.api.patch('c1', { phone: 'of Ana' });
  await ben.api.patch('c1', { email: 'ben@x.example' });
  await ben.api.remove('c2');
  await one.setOffline(false);
  await two.setOffline(false);

  for (const tab of [ana, ben]) {
    await expect.poll(() => tab.api.customer('c1'), WAIT).toMatchObject({ phone: 'of Ana', email: 'ben@x.example' });
    await expect.poll(() => tab.api.count(), WAIT).toBe(1);
    expect(await tab.api.unpushed()).toBe(0);
  }
});

test('nothing unpushed is lost, and the rest comes back, when the server is killed and restored from an older copy', async () => {
  await using shop = await openShop(ENTRY);
  using copy = temporaryFolder();
  await using profile = await browser.profile(CUT);
  const tab = await profile.tab<ShopPage>(await shop.page());
  await tab.api.add('c1', 'Ana');
  expect(await tab.api.confirm('c1')).toEqual({ outcome: 'accepted' });
  await shop.stop();
  copyFiles(shop.folder, copy.path);
  await shop.start();
  await tab.api.add('c2', 'After the copy');
  expect(await tab.api.confirm('c2', 30_000)).toEqual({ outcome: 'accepted' });
  await shop.stop();
  await tab.api.add('c3', 'While it was down');
  for (const name of readdirSync(shop.folder)) rmSync(join(shop.folder, name), { recursive: true });
  copyFiles(copy.path, shop.folder);
  await shop.start();

  await expect.poll(() => tab.api.unpushed(), WAIT).toBe(0);
  await expect.poll(() => there(shop, 'c3'), WAIT).toMatchObject({ name: 'While it was down' });
  await expect.poll(async () => (await tab.api.status()).state, WAIT).toBe('live');
  expect(await there(shop, 'c1')).toMatchObject({ name: 'Ana' });
});

test('a server that stops answering is noticed within seconds although nothing says so, and so is its return', async () => {
  await using shop = await openShop(ENTRY);
  await using profile = await browser.profile(CUT);
  const tab = await profile.tab<ShopPage>(await shop.page());
  await expect.poll(async () => (await tab.api.status()).state, WAIT).toBe('live');
  await shop.stop();
  await expect.poll(async () => (await tab.api.status()).state, { timeout: 12_000 }).toBe('offline');
  await shop.start();
  await expect.poll(async () => (await tab.api.status()).state, { timeout: 15_000 }).toBe('live');
});

test('documents of a scope that is taken from the user leave IndexedDB', async () => {
  await using shop = await openShop(ENTRY);
  await using profile = await browser.profile(CUT);
  const before = await profile.tab<ShopPage>(await shop.page('ana', ['main']));
  await before.api.addMany('n', 30);
  await expect.poll(() => before.api.unpushed(), WAIT).toBe(0);
  await before.page.close();
  const after = await profile.tab<ShopPage>(await shop.page('ana', ['other']));
  await expect.poll(() => after.api.count(), WAIT).toBe(0);
  await after.page.close();
  const stored = await profile.tab<ShopPage>(await shop.page('ana', ['other']));
  expect(await stored.api.count()).toBe(0);
  expect(await stored.api.stored('customer')).not.toContain('Customer 7');
});

function copyFiles(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isFile()) copyFileSync(join(from, entry.name), join(to, entry.name));
  }
}
