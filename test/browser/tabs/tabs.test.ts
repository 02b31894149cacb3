import { expect, test } from 'vitest';
import type { Profile } from '../../support/chromium/profile.ts';
import { chromium } from '../../support/chromium.ts';
import { openShop } from '../../support/shop.ts';
import type { ShopPage } from '../pages/shop.ts';

const browser = chromium();
const ENTRY = 'test/browser/pages/shop.ts';
const WAIT = { timeout: 15_000 };

/** Two tabs of one profile; the first one replicates. */
async function openTwo(profile: Profile, url: string) {
  const first = await profile.tab<ShopPage>(url);
  await expect.poll(() => first.api.replicates(), WAIT).toBe(true);
  const second = await profile.tab<ShopPage>(url);
  expect(await second.api.replicates()).toBe(false);
  return { first, second };
}

test('two tabs and another profile live in each other, and everything works in every tab', async () => {
  await using shop = await openShop(ENTRY);
  await using profile = await browser.profile();
  await using other = await browser.profile();
  const { first, second } = await openTwo(profile, await shop.page('ana'));
  const elsewhere = await other.tab<ShopPage>(await shop.page('ben'));

  await second.api.add('c1', 'Ana');
  expect(await second.api.confirm('c1')).toEqual({ outcome: 'accepted' });
  expect(await second.api.unpushed()).toBe(0);
  expect(await second.api.receipt('c1')).toBe('accepted');
  await expect.poll(() => elsewhere.api.customer('c1'), WAIT).toMatchObject({ name: 'Ana' });
  await elsewhere.api.patch('c1', { phone: '1' });
  for (const tab of [first, second]) {
    await expect.poll(() => tab.api.customer('c1'), WAIT).toMatchObject({ phone: '1' });
    await expect.poll(async () => (await tab.api.status()).state, WAIT).toBe('live');
    expect(await tab.api.age()).toBeLessThan(5_000);
    expect(await tab.api.check()).toEqual([
      { datastore: 'customer', outcome: 'equal' },
      { datastore: 'order', outcome: 'equal' },
    ]);
  }
  await second.api.syncNow();
  const hosts = new Set(profile.requests.map(({ url }) => new URL(url).origin));
  expect([...hosts].sort()).toEqual([shop.site.origin, new URL(shop.url).origin].sort());
});

test('a leading tab that is closed or killed is replaced, and the next one goes on', async () => {
  await using shop = await openShop(ENTRY);
  await using profile = await browser.profile();
  const { first, second } = await openTwo(profile, await shop.page());
  const third = await profile.tab<ShopPage>(await shop.page());
  await first.kill();
  await expect.poll(() => second.api.replicates(), { timeout: 5_000 }).toBe(true);
  await third.api.add('c1', 'Ana');
  expect(await third.api.confirm('c1')).toEqual({ outcome: 'accepted' });
  await second.page.close();
  await expect.poll(() => third.api.replicates(), { timeout: 5_000 }).toBe(true);
  await third.api.add('c2', 'Ben');
  expect(await third.api.confirm('c2')).toEqual({ outcome: 'accepted' });
});

test('a frozen leading tab is replaced, and does not replicate when it wakes', async () => {
  await using shop = await openShop(ENTRY);
  await using profile = await browser.profile();
  const { first, second } = await openTwo(profile, await shop.page());
  await first.freeze();
  await second.api.add('c1', 'Ana');
  await expect.poll(() => second.api.replicates(), { timeout: 6_000 }).toBe(true);
  expect(await second.api.confirm('c1')).toEqual({ outcome: 'accepted' });
  await first.unfreeze();
  await expect.poll(() => first.api.replicates(), WAIT).toBe(false);
  await expect.poll(() => first.api.customer('c1'), WAIT).toMatchObject({ name: 'Ana' });
  await first.api.add('c2', 'Ben');
  expect(await first.api.confirm('c2')).toEqual({ outcome: 'accepted' });
  expect(await second.api.replicates()).toBe(true);
});

test('a leading tab that hangs is replaced', async () => {
  await using shop = await openShop(ENTRY);
  await using profile = await browser.profile();
  const { first, second } = await openTwo(profile, await shop.page());
  const hanging = first.api.hang(8_000);
  await expect.poll(() => second.api.replicates(), { timeout: 6_000 }).toBe(true);
  await hanging;
  await expect.poll(() => first.api.replicates(), WAIT).toBe(false);
  expect(await second.api.replicates()).toBe(true);
});
