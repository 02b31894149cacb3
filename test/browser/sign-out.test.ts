import { expect, test } from 'vitest';
import { chromium } from '../support/chromium.ts';
import { openShop } from '../support/shop.ts';
import type { ShopPage } from './pages/shop.ts';

const browser = chromium();
const ENTRY = 'test/browser/pages/shop.ts';
const WAIT = { timeout: 20_000 };
const CUT = { expectedErrors: [/ERR_INTERNET_DISCONNECTED|ERR_CONNECTION/] };

test('signing out is refused while something is unpushed, and else leaves no database behind, in no tab', async () => {
  await using shop = await openShop(ENTRY);
  await using profile = await browser.profile(CUT);
  const tab = await profile.tab<ShopPage>(await shop.page());
  const other = await profile.tab<ShopPage>(await shop.page());
  await tab.api.add('c1', 'Ana');
  expect(await tab.api.confirm('c1')).toEqual({ outcome: 'accepted' });
  await profile.setOffline(true);
  await tab.api.add('c2', 'Ben');
  expect(await tab.api.signOut({ drainMs: 500 })).toBe('UNPUSHED_CHANGES');
  expect(await tab.api.count()).toBe(2);
  await profile.setOffline(false);
  await expect.poll(() => tab.api.unpushed(), WAIT).toBe(0);

  expect(await tab.api.signOut()).toBeNull();

  expect(await tab.api.databases()).toEqual([]);
  expect(await other.api.ended()).toBe('REPLICA_CLOSED');
  expect(await other.api.status()).toMatchObject({ state: 'closed', error: 'REPLICA_CLOSED' });
  await tab.reload();
  await expect.poll(() => tab.api.count(), WAIT).toBe(2);
  expect(await tab.api.lost()).toBeNull();
});

test('signing out gives unpushed writes up where it is told to', async () => {
  await using shop = await openShop(ENTRY);
  await using profile = await browser.profile(CUT);
  const tab = await profile.tab<ShopPage>(await shop.page());
  await profile.setOffline(true);
  await tab.api.add('c1', 'Ana');

  expect(await tab.api.signOut({ discardUnpushed: true })).toBeNull();

  expect(await tab.api.databases()).toEqual([]);
  await profile.setOffline(false);
  await tab.reload();
  expect(await tab.api.count()).toBe(0);
  expect(await tab.api.lost()).toBeNull();
});

test('a tab that is frozen makes signing out say that something is left, which goes when the tab does', async () => {
  await using shop = await openShop(ENTRY);
  await using profile = await browser.profile(CUT);
  const frozen = await profile.tab<ShopPage>(await shop.page());
  await expect.poll(() => frozen.api.replicates(), WAIT).toBe(true);
  const tab = await profile.tab<ShopPage>(await shop.page());
  await frozen.freeze();

  expect(await tab.api.signOut()).toBe('REMOVAL_INCOMPLETE');

  await frozen.unfreeze();
  await expect.poll(() => tab.api.databases(), WAIT).toEqual([]);
});

test('a database that was evicted is pulled anew, and the next session learns how many unpushed writes went with it', async () => {
  await using shop = await openShop(ENTRY);
  await using profile = await browser.profile(CUT);
  const tab = await profile.tab<ShopPage>(await shop.page());
  await tab.api.addMany('n', 10);
  await expect.poll(() => tab.api.unpushed(), WAIT).toBe(0);
  await profile.setOffline(true);
  await tab.api.addMany('m', 3);
  const replicaId = await tab.api.replicaId();
  await tab.api.close();
  await profile.setOffline(false);
  const tools = await tab.devTools();
  const { origin } = shop.site;
  await tools.send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb,cache_storage' });

  await tab.reload();

  await expect.poll(() => tab.api.count(), WAIT).toBe(10);
  expect(await tab.api.lost()).toMatchObject({ replicaId, unpushed: 3 });
  expect(await tab.api.replicaId()).not.toBe(replicaId);
  expect(await tab.api.room()).toMatchObject({ persistence: expect.stringMatching(/kept|may-be-evicted/) });
  expect((await tab.api.room()).quota).toBeGreaterThan(0);
});
