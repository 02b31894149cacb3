import { expect, test } from 'vitest';
import type { Profile } from '../../support/chromium/launch.ts';
import { chromium } from '../../support/chromium.ts';
import { openShop } from '../../support/shop.ts';
import type { ShopPage } from '../pages/shop.ts';

const browser = chromium();
const ENTRY = 'test/browser/pages/shop.ts';
const WAIT = { timeout: 40_000 };
const BUSY = { expectedErrors: [/status of 503|CORS policy|ERR_FAILED/] };

type Shop = Awaited<ReturnType<typeof openShop>>;

/** A session whose edits the server knows of, but has not taken. */
async function writeInVain(shop: Shop, profile: Profile): Promise<void> {
  await profile.context.route('**/trpc/push', (route) => route.fulfill({ status: 503 }));
  await using tab = await profile.tab<ShopPage>(await shop.page());
  await tab.api.addMany('n', 3);
  await expect.poll(() => noted(shop), WAIT).toEqual([expect.objectContaining({ unpushed: 3 })]);
  await profile.context.unroute('**/trpc/push');
}

function noted(shop: Shop) {
  return shop.server.store.cursor('@replicas', 'ana', 'changes');
}

/** What the browser does when room is short, or the user with what the origin has stored. */
async function evict(shop: Shop, profile: Profile): Promise<void> {
  const page = await profile.context.newPage();
  const session = await profile.context.newCDPSession(page);
  const storageTypes = 'indexeddb,local_storage,cache_storage,file_systems';
  await session.send('Storage.clearDataForOrigin', { origin: shop.site.origin, storageTypes });
  await page.close();
}

test('where the browser has removed database and note, the next session learns from the server what was lost', async () => {
  await using shop = await openShop(ENTRY);
  await using profile = await browser.profile(BUSY);
  await writeInVain(shop, profile);
  await evict(shop, profile);

  {
    await using other = await profile.tab<ShopPage>(await shop.page('ben'));
    await expect.poll(async () => (await other.api.status()).state, WAIT).toBe('live');
    expect(await other.api.losses()).toBeNull();
    expect(await other.api.signOut()).toBeNull();
  }
  await using tab = await profile.tab<ShopPage>(await shop.page());
  expect(await tab.api.count()).toBe(0);
  await expect.poll(() => tab.api.losses(), WAIT).toMatchObject({ unpushed: 3, certain: true });
  await tab.reload();
  expect(await tab.api.lost()).toMatchObject({ unpushed: 3, certain: true });
  await tab.api.dismissLost();
  await expect.poll(() => noted(shop), WAIT).toEqual([]);
  await tab.reload();
  expect(await tab.api.lost()).toBeNull();
});

test('where nothing is left on the device, what the server remembers is told as not certain', async () => {
  await using shop = await openShop(ENTRY);
  await using profile = await browser.profile(BUSY);
  await writeInVain(shop, profile);
  await evict(shop, profile);
  await profile.context.clearCookies();

  await using tab = await profile.tab<ShopPage>(await shop.page());
  await expect.poll(() => tab.api.losses(), WAIT).toMatchObject({ unpushed: 3, certain: false });
});
