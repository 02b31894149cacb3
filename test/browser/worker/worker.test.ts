import { expect, test } from 'vitest';
import { chromium } from '../../support/chromium.ts';
import { openShop } from '../../support/shop.ts';
import type { WorkerShopPage } from '../pages/worker-shop.ts';

const browser = chromium();
const ENTRY = 'test/browser/pages/worker-shop.ts';
const WAIT = { timeout: 20_000 };

async function there(shop: Awaited<ReturnType<typeof openShop>>, id: string): Promise<string | null> {
  const stored = await shop.server.store.document('main', { datastore: 'customer', id });
  return stored === null ? null : (JSON.parse(stored.body).name as string);
}

test('a worker replicates for all tabs, goes on when they are closed one by one, and nothing is lost', async () => {
  await using shop = await openShop(ENTRY);
  await using profile = await browser.profile();
  const first = await profile.tab<WorkerShopPage>(await shop.page());
  await expect.poll(() => first.api.state(), WAIT).toBe('live');
  expect(await first.api.replicates()).toBe(false);
  const second = await profile.tab<WorkerShopPage>(await shop.page());
  await first.api.add('c1', 'Ana');
  expect(await first.api.confirm('c1')).toBe('accepted');
  await expect.poll(() => second.api.name('c1'), WAIT).toBe('Ana');

  await second.api.add('c2', 'Ben');
  await first.page.close();
  expect(await second.api.confirm('c2')).toBe('accepted');
  expect(await second.api.replicates()).toBe(false);
  await second.api.add('c3', 'Cleo');
  await second.page.close();
  const third = await profile.tab<WorkerShopPage>(await shop.page());
  await expect.poll(() => there(shop, 'c3'), WAIT).toBe('Cleo');
  await expect.poll(() => third.api.state(), WAIT).toBe('live');
  expect(await third.api.replicates()).toBe(false);
  expect(await third.api.unpushed()).toBe(0);
});

test.each(['none', 'broken'])('where there is no worker (%s) a tab replicates', async (how) => {
  await using shop = await openShop(ENTRY);
  await using profile = await browser.profile({ expectedErrors: [/no-such-file/] });
  const url = await shop.page('ana', ['main'], { [how]: '1' });
  const [first, second] = [await profile.tab<WorkerShopPage>(url), await profile.tab<WorkerShopPage>(url)];
  await second.api.add('c1', 'Ana');

  expect(await second.api.confirm('c1')).toBe('accepted');
  expect(await Promise.all([first, second].map(({ api }) => api.replicates()))).toContain(true);
});

test('a worker takes over from a tab that replicates, and opens anew after a sign-out', async () => {
  await using shop = await openShop(ENTRY);
  await using profile = await browser.profile();
  const tab = await profile.tab<WorkerShopPage>(await shop.page('ana', ['main'], { none: '1' }));
  await expect.poll(() => tab.api.replicates(), WAIT).toBe(true);
  const other = await profile.tab<WorkerShopPage>(await shop.page());
  await expect.poll(() => tab.api.replicates(), WAIT).toBe(false);
  expect(await other.api.replicates()).toBe(false);
  await tab.api.add('c1', 'Ana');
  expect(await tab.api.confirm('c1')).toBe('accepted');

  await other.api.signOut();
  await other.reload();
  await expect.poll(() => other.api.name('c1'), WAIT).toBe('Ana');
  expect(await other.api.replicates()).toBe(false);
});
