import { join } from 'node:path';
import { expect, test } from 'vitest';
import { chromium } from '../../support/chromium.ts';
import { atTill, openShop } from './shop.ts';

const browser = chromium();
const PICTURES = join(import.meta.dirname, '../../../docs/images');
const CUSTOMER = 'C-10001';
const SLOW = { timeout: 120_000 };
const CUT = { expectedErrors: [/ERR_INTERNET_DISCONNECTED|Failed to fetch|plug/] };

test(
  'a till sells without a network, also after a reload, and each order reaches the order system once',
  SLOW,
  async () => {
    await using shop = await openShop();
    const { floor, systems } = shop.demo;
    await using profile = await browser.profile(CUT);
    const page = await profile.context.newPage();
    await page.goto(`${floor.url}/till.html?till=1`);
    const till = atTill(page);
    await till.synced();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    const before = systems.oms.count().orders ?? 0;
    const asked = profile.requests.length;

    await profile.setOffline(true);
    const saved = page.locator('.order .receipt', { hasText: 'Saved on this device' });
    for (let sold = 0; sold < 3; sold += 1) {
      await till.choose(CUSTOMER);
      await till.addFirst();
      await till.place();
      await expect.poll(() => saved.count(), { timeout: 20_000 }).toBe(sold + 1);
    }
    expect(
      profile.requests.slice(asked).filter(({ url }) => !url.startsWith(shop.demo.url) && !url.endsWith('/session')),
    ).toEqual([]);
    await page.reload();
    await expect.poll(() => saved.count(), { timeout: 20_000 }).toBe(3);
    await expect.poll(() => till.status.textContent()).toMatch(/^Offline · \d+ changes are saved on this device$/);
    await profile.setOffline(false);

    await till.synced();
    await expect
      .poll(() => page.locator('.order .receipt.good', { hasText: /^SO-/ }).count(), { timeout: 30_000 })
      .toBeGreaterThanOrEqual(3);
    expect(systems.oms.count().orders).toBe(before + 3);
  },
);

test(
  'two tills that edit a customer while their plugs are pulled: fields merge, and a field changed twice is asked about',
  SLOW,
  async () => {
    await using shop = await openShop();
    await using profile = await browser.profile(CUT);
    const tills = await Promise.all(
      [1, 2].map(async (name) => {
        const own = await profile.context.newPage();
        await own.goto(`${shop.demo.floor.url}/till.html?till=${name}-edit`);
        const till = atTill(own);
        await till.synced();
        await till.choose(CUSTOMER);
        await till.network(false);
        return till;
      }),
    );
    const [one, two] = tills as [(typeof tills)[number], (typeof tills)[number]];
    await one.edit({ Phone: '111', 'E-mail': 'one@example.com' });
    await two.edit({ Phone: '222' });
    await one.network(true);
    await one.synced();
    await two.network(true);

    const dialog = two.page.getByRole('dialog', { name: 'Phone was changed twice' });
    await dialog.waitFor({ timeout: 30_000 });
    await dialog.getByRole('button', { name: /From this till/ }).click();
    await expect.poll(() => one.page.locator('.who').textContent(), { timeout: 30_000 }).toContain('222');
    await expect.poll(() => two.page.locator('.who').textContent()).toContain('one@example.com');
  },
);

const LOOKS = [
  { name: 'till-light', path: '/till.html?till=1', colorScheme: 'light', width: 1200, height: 800 },
  { name: 'till-dark', path: '/till.html?till=1', colorScheme: 'dark', width: 1200, height: 800 },
  { name: 'till-phone', path: '/till.html?till=1', colorScheme: 'dark', width: 390, height: 844 },
  { name: 'shop-floor', path: '/', colorScheme: 'light', width: 1680, height: 950 },
] as const;

test('the till fits a desk and a phone, in light and dark, and can be used by keyboard', SLOW, async () => {
  await using shop = await openShop({ products: 400, customers: 60, orders: 30 });
  await using profile = await browser.profile(CUT);
  const page = await profile.context.newPage();
  await page.goto(`${shop.demo.floor.url}/till.html?till=1`);
  const till = atTill(page);
  await till.synced();
  await till.choose(CUSTOMER);
  await page.keyboard.press('/');
  for (let sold = 0; sold < 2; sold += 1) await till.addFirst();
  await page.keyboard.type('desk');
  await expect.poll(() => page.locator('.tally').textContent()).toMatch(/ms, 0 requests/);
  for (const { name, path, colorScheme, width, height } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    const isFloor = path === '/';
    if (isFloor) {
      await page.goto(`${shop.demo.floor.url}/`);
      for (const frame of page.frames().slice(1)) await atTill(frame).synced();
    }
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect([name, overflow]).toEqual([name, 0]);
    if (process.env.UPDATE_DOCS === '1') await page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }
});

test('on the shop floor each till shows what is in its replica, also without a network', SLOW, async () => {
  await using shop = await openShop();
  await using profile = await browser.profile(CUT);
  const page = await profile.context.newPage();
  await page.setViewportSize({ width: 1680, height: 950 });
  await page.goto(`${shop.demo.floor.url}/`);
  for (const frame of page.frames().slice(1)) await atTill(frame).synced();
  await page.frames()[1]?.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await page.reload();
  const [first, second] = [1, 2].map((till) => page.frameLocator(`iframe[title="Till ${till}"]`));
  if (first === undefined || second === undefined) throw new Error('There are no two tills.');
  await expect.poll(() => first.getByRole('status').first().textContent(), { timeout: 60_000 }).toBe('Synced');
  await profile.setOffline(true);

  await first.getByRole('button', { name: 'DevTools' }).click();
  await expect.poll(() => first.getByRole('tab', { name: 'Journal' }).isVisible(), { timeout: 20_000 }).toBe(true);
  expect(await second.getByRole('tab', { name: 'Journal' }).count()).toBe(0);
});
