import { expect, test } from 'vitest';
import { chromium } from '../support/chromium.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openShop } from '../support/shop.ts';
import type { VersionedPage } from './pages/versioned.ts';
import { thingOf } from './thing.ts';

const browser = chromium();
const ENTRY = 'test/browser/pages/versioned.ts';
const WAIT = { timeout: 20_000 };

test('a tab of a newer version takes over from one of an older, which says why it is closed', async () => {
  await using shop = await openShop(ENTRY, { datastores: [thingOf(1)] });
  await using profile = await browser.profile();
  const old = await profile.tab<VersionedPage>(await shop.page('ana', ['main'], { version: '0' }));
  await old.api.add('t1', 'One');
  const young = await profile.tab<VersionedPage>(await shop.page('ana', ['main'], { version: '1' }));

  expect(await young.api.opened()).toBeNull();
  expect(await old.api.ended()).toBe('UPGRADE_REQUIRED');
  expect(await old.api.status()).toEqual({ state: 'closed', error: 'UPGRADE_REQUIRED' });
  expect(await young.api.thing('t1')).toEqual({ id: 't1', name: 'One', madeIn: 1 });
  await expect.poll(() => young.api.unpushed(), WAIT).toBe(0);
  expect(await old.api.reopen()).toBe('UPGRADE_REQUIRED');
  await young.page.close();
  expect(await old.api.reopen()).toBe('UPGRADE_REQUIRED');
});

test('a frozen tab of an older version makes opening the newer one fail with a reason, not hang', async () => {
  await using shop = await openShop(ENTRY, { datastores: [thingOf(1)] });
  await using profile = await browser.profile();
  const old = await profile.tab<VersionedPage>(await shop.page('ana', ['main'], { version: '0' }));
  await old.api.add('t1', 'One');
  await old.freeze();
  const young = await profile.tab<VersionedPage>(await shop.page('ana', ['main'], { version: '1' }));

  expect(await young.api.opened()).toBe('DATABASE_IN_USE');

  await old.unfreeze();
  expect(await young.api.reopen()).toBeNull();
  expect(await young.api.thing('t1')).toMatchObject({ name: 'One' });
});

test('a migration that is interrupted by killing the browser goes on at the next start and loses nothing', async () => {
  await using shop = await openShop(ENTRY, { datastores: [thingOf(1)] });
  using folder = temporaryFolder();
  const first = await browser.keptProfile(folder.path);
  const old = await first.tab<VersionedPage>(`${shop.site.url}?version=0`);
  await old.api.addMany(3_000);
  expect(await old.api.count()).toBe(3_000);
  await old.page.close();
  const young = await first.context.newPage();
  await young.goto(`${shop.site.url}?version=1`);
  const moved = await young.evaluate(countWhenBegun, ['datastores-blocks/versioned', 'thing', 1] as const);
  await first.kill();
  expect(moved).toBeLessThan(3_000);

  await using second = await browser.keptProfile(folder.path);
  const again = await second.tab<VersionedPage>(await shop.page('ana', ['main'], { version: '1' }));
  expect(await again.api.opened()).toBeNull();
  expect(await again.api.count()).toBe(3_000);
  expect(await again.api.thing('t2999')).toEqual({ id: 't2999', name: 'Thing 2999', madeIn: 1 });
  await expect.poll(() => again.api.unpushed(), { timeout: 60_000 }).toBe(0);
}, 120_000);

test.each([
  ['older than the server by one is served', 1, 2, { state: 'live', error: null }, 0],
  [
    'older than the server serves keeps its edits and says so',
    0,
    3,
    { state: 'stopped', error: 'UPGRADE_REQUIRED' },
    1,
  ],
  ['newer than the server keeps its edits and says so', 2, 1, { state: 'stopped', error: 'UPGRADE_REQUIRED' }, 1],
])('a client %s', async (...[, client, server, status, unpushed]) => {
  await using shop = await openShop(ENTRY, { datastores: [thingOf(server)] });
  await using profile = await browser.profile({ expectedErrors: [/status of 4\d\d/] });
  const tab = await profile.tab<VersionedPage>(await shop.page('ana', ['main'], { version: String(client) }));
  await tab.api.add('t1', 'One');

  await expect.poll(() => tab.api.status(), WAIT).toEqual(status);
  await expect.poll(() => tab.api.unpushed(), WAIT).toBe(unpushed);
  expect(await tab.api.thing('t1')).toMatchObject({ name: 'One' });
});

/** Runs in the page: how many documents of a collection the block storage holds, as soon as there are any. */
async function countWhenBegun([database, collection, version]: readonly [string, string, number]): Promise<number> {
  for (;;) {
    const isThere = (await indexedDB.databases()).some(({ name }) => name === database);
    const count = isThere ? await countHeld() : 0;
    if (count > 0) return count;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async function countHeld(): Promise<number> {
    const opened = await answer(indexedDB.open(database));
    const transaction = opened.transaction(['collections', 'heads', 'log']);
    const [known, keys, heads, log] = await Promise.all([
      answer<{ number: number } | undefined>(transaction.objectStore('collections').get([collection, version])),
      answer(transaction.objectStore('heads').getAllKeys()),
      answer<{ seqs: Float64Array }[]>(transaction.objectStore('heads').getAll()),
      answer<{ collection?: number; texts?: string[] }[]>(transaction.objectStore('log').getAll()),
    ]);
    opened.close();
    const packed = heads.filter((_, at) => Math.floor(Number(keys[at]) / 2 ** 36) === known?.number);
    const logged = log.filter((record) => record.collection === known?.number).flatMap(({ texts = [] }) => texts);
    return packed.reduce((sum, { seqs }) => sum + seqs.length, 0) + logged.length;
  }

  function answer<T>(request: IDBRequest<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  }
}
