import { expect, test } from 'vitest';
import { serveSite } from '../support/chromium/site.ts';
import { chromium } from '../support/chromium.ts';
import { temporaryFolder } from '../support/folder.ts';
import type { BlocksPage } from './pages/blocks.ts';

const browser = chromium();
const ENTRY = 'test/browser/pages/blocks.ts';
const KILLS = 3;

/** Everything that was confirmed is there, as it was confirmed or newer. */
function expectKept(found: Readonly<Record<string, string>>, confirmed: Readonly<Record<string, string>>): void {
  const height = (revision: string | undefined) => Number.parseInt(revision ?? '0', 10);
  const lost = Object.keys(confirmed).filter((id) => height(found[id]) < height(confirmed[id]));
  expect(lost).toEqual([]);
}

/** A bulk is there as a whole or not at all. */
function expectWhole(found: Readonly<Record<string, string>>): void {
  const bulks = new Map<string, number>();
  for (const id of Object.keys(found)) {
    const bulk = /^(.*-\d+)-\d+$/.exec(id)?.[1];
    if (bulk !== undefined) bulks.set(bulk, (bulks.get(bulk) ?? 0) + 1);
  }
  expect([...bulks.values()].filter((count) => count !== 300)).toEqual([]);
}

test('tabs that are killed while they write, in blocks and log and while they pack, lose nothing that was confirmed', async () => {
  await using site = await serveSite(ENTRY);
  await using profile = await browser.profile();
  const witness = await profile.tab<BlocksPage>(site.url);
  let confirmed: Record<string, string> = {};
  for (let kill = 0; kill < KILLS; kill += 1) {
    const tab = await profile.tab<BlocksPage>(site.url);
    await tab.api.begin(`tab${kill}`);
    await expect
      .poll(async () => Object.keys(await tab.api.confirmed()).length, { timeout: 20_000 })
      .toBeGreaterThan(700);
    await new Promise((resolve) => setTimeout(resolve, kill * 37));
    confirmed = { ...confirmed, ...(await tab.api.confirmed()) };
    await tab.kill();

    const fresh = await profile.tab<BlocksPage>(site.url);
    const found = await fresh.api.everything();
    expectKept(found, confirmed);
    expectWhole(found);
    await expect.poll(() => witness.api.everything(), { timeout: 10_000 }).toEqual(found);
  }
}, 120_000);

test('a browser that is killed while it writes has what was confirmed when it is started again', async () => {
  await using site = await serveSite(ENTRY);
  using folder = temporaryFolder();
  const first = await browser.keptProfile(folder.path);
  const tab = await first.tab<BlocksPage>(site.url);
  await tab.api.begin('first');
  await expect
    .poll(async () => Object.keys(await tab.api.confirmed()).length, { timeout: 20_000 })
    .toBeGreaterThan(1_500);
  const confirmed = await tab.api.confirmed();
  await first.kill();

  await using second = await browser.keptProfile(folder.path);
  const found = await (await second.tab<BlocksPage>(site.url)).api.everything();
  expectKept(found, confirmed);
  expectWhole(found);
}, 60_000);

test('two tabs that change the same documents at once lose no change', async () => {
  await using site = await serveSite(ENTRY);
  await using profile = await browser.profile();
  const tabs = [await profile.tab<BlocksPage>(site.url), await profile.tab<BlocksPage>(site.url)] as const;
  const ids = ['a', 'b', 'c'];
  await tabs[0].api.add(ids);
  await expect.poll(() => tabs[1].api.ages(ids)).toEqual([0, 0, 0]);
  await Promise.all(tabs.map(({ api }) => api.raise(ids, 40)));

  for (const { api } of tabs) await expect.poll(() => api.ages(ids)).toEqual([80, 80, 80]);
});
