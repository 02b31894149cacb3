import { customers } from '@datastores/core';
import { expect, test } from 'vitest';
import { chromium } from '../support/chromium.ts';
import { openShop } from '../support/shop.ts';
import { writeThere } from '../support/sync.ts';
import type { ShopPage } from './pages/shop.ts';

const browser = chromium();
const DOCUMENTS = 6_000;

test('a first pull goes on where it was when the page is reloaded, and leaves the page its frames', async () => {
  await using shop = await openShop('test/browser/pages/shop.ts');
  for (let start = 0; start < DOCUMENTS; start += 1_000) {
    const ids = Array.from({ length: 1_000 }, (_, at) => `d${start + at}`);
    const documents = ids.map((id) => ({
      id,
      name: `Customer ${id}`,
      status: 'active',
      notes: 'as agreed '.repeat(40),
    }));
    await writeThere(shop.server.store, customers, documents);
  }
  await using profile = await browser.profile();
  const tab = await profile.tab<ShopPage>(await shop.page());
  const done = async () => (await tab.api.progress()).done;
  await expect.poll(done, { timeout: 20_000, interval: 5 }).toBeGreaterThan(0);
  await tab.reload();
  const stored = await tab.api.count();
  expect(stored).toBeGreaterThan(0);
  expect(stored).toBeLessThan(DOCUMENTS);
  await tab.api.watchFrames();
  await expect.poll(() => tab.api.count(), { timeout: 60_000 }).toBe(DOCUMENTS);
  await expect.poll(() => tab.api.progress(), { timeout: 20_000 }).toEqual({ done: DOCUMENTS, total: DOCUMENTS });
  const pulledAgain = (await tab.api.status()).pulled;
  // A page that was being applied when the page went comes once more; what was complete does not.
  expect(pulledAgain).toBeLessThan(DOCUMENTS);
  expect(await tab.api.longestFrame()).toBeLessThan(1_500);
}, 120_000);
