import { expect, test } from 'vitest';
import { makeProduct } from '../../bench/documents/product.ts';
import { serveSite } from '../../support/chromium/site.ts';
import { chromium } from '../../support/chromium.ts';
import type { CatalogPage } from '../pages/catalog.ts';

const browser = chromium();
const ENTRY = 'test/browser/pages/catalog.ts';
const product = { ...makeProduct(1, 1), id: 'p1', name: 'Zebra' };

test('a tab finds what another one writes, as it is now', async () => {
  await using site = await serveSite(ENTRY);
  await using profile = await browser.profile();
  const [one, two] = [await profile.tab<CatalogPage>(site.url), await profile.tab<CatalogPage>(site.url)];
  await Promise.all([one.api.complete(), two.api.complete()]);

  await one.api.upsert(product);
  await expect.poll(() => two.api.ids('zebra')).toEqual({ ids: ['p1'], complete: true });
  await two.api.upsert({ ...product, name: 'Lion' });
  await expect.poll(() => one.api.ids('lion')).toEqual({ ids: ['p1'], complete: true });
  expect((await one.api.ids('"zebra"')).ids).toEqual([]);
  await two.api.remove('p1');
  await expect.poll(() => one.api.ids('lion')).toEqual({ ids: [], complete: true });
});

test('an index is stored when writes have ended, and the next start finds what was written before and after it', async () => {
  await using site = await serveSite(ENTRY);
  await using profile = await browser.profile();
  const tab = await profile.tab<CatalogPage>(site.url);
  await tab.api.complete();
  await tab.api.fill(0, 2_000);
  await tab.api.upsert(product);
  await expect.poll(() => tab.api.stored(), { timeout: 40_000, interval: 500 }).toBe(true);
  await tab.api.upsert({ ...product, name: 'Lion' });
  await tab.api.remove(makeProduct(1, 7).id);
  await tab.reload();

  await tab.api.complete();
  expect(await tab.api.ids('lion')).toEqual({ ids: ['p1'], complete: true });
  expect((await tab.api.ids('"zebra"')).ids).toEqual([]);
  const [gone, kept] = [makeProduct(1, 7), makeProduct(1, 8)];
  expect((await tab.api.ids(gone.sku)).ids).toEqual([]);
  expect((await tab.api.ids(kept.sku)).ids).toEqual([kept.id]);
}, 90_000);
