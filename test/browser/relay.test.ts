import { join } from 'node:path';
import { customers, orders } from '@datastores/core';
import { createSyncServer, relayOf, silentLog } from '@datastores/sync-server';
import { expect, test } from 'vitest';
import { chromium } from '../support/chromium.ts';
import { openProxy } from '../support/proxy.ts';
import { openShop } from '../support/shop.ts';
import { TEST_SECRET, testToken } from '../support/token.ts';
import type { ShopPage } from './pages/shop.ts';

const browser = chromium();
const WAIT = { timeout: 30_000 };

test('two browsers at a relay go on with each other while the line to the centre is cut, and the centre gets it once', async () => {
  await using shop = await openShop('test/browser/pages/shop.ts');
  await using line = await openProxy(shop.server.port ?? 0);
  const relay = await createSyncServer(
    {
      ...relayOf({
        url: `http://127.0.0.1:${line.port}/trpc`,
        token: () => testToken('bridge', ['main']),
        replica: 'bridge-berlin',
        datastores: [customers, orders],
        timeoutMs: 3_000,
      }),
      dataFolder: join(shop.folder, 'relay'),
      server: { port: 0, cors: [shop.site.origin] },
      auth: { secret: TEST_SECRET },
    },
    { log: silentLog },
  );
  try {
    const url = `${(await relay.listen()).url}/trpc`;
    await using one = await browser.profile();
    await using two = await browser.profile();
    const ana = await one.tab<ShopPage>(await shop.page('ana', ['main'], { url }));
    const ben = await two.tab<ShopPage>(await shop.page('ben', ['main'], { url }));
    const there = async (id: string) => {
      const stored = await shop.server.store.document('main', { datastore: 'customer', id });
      return stored === null || stored.deleted ? null : JSON.parse(stored.body);
    };
    await ana.api.add('c1', 'Ana');
    await expect.poll(() => there('c1'), WAIT).toMatchObject({ name: 'Ana' });

    line.cut();
    await ben.api.addMany('n', 30);
    await expect.poll(() => ana.api.count(), WAIT).toBe(31);
    await ana.api.patch('n7', { phone: '1' });
    await ben.api.patch('c1', { phone: '2' });
    await expect.poll(async () => (await ben.api.customer('n7'))?.phone, WAIT).toBe('1');
    await expect.poll(async () => (await ana.api.customer('c1'))?.phone, WAIT).toBe('2');
    expect(await there('n7')).toBeNull();

    line.mend();
    await expect.poll(() => there('n7'), { timeout: 60_000 }).toMatchObject({ phone: '1' });
    await expect.poll(() => there('c1'), WAIT).toMatchObject({ name: 'Ana', phone: '2' });
    const limits = { after: 0, maxRows: 100, maxBytes: 1e6 };
    const read = async () => (await shop.server.store.feed({ scope: 'main', datastore: 'customer', ...limits })).rows;
    await expect.poll(async () => (await read()).length, WAIT).toBe(31);
    // The centre has each new document from one write.
    expect((await read()).every(({ deleted }) => !deleted)).toBe(true);
    expect(await ana.api.rejected()).toEqual([]);
    expect(await ben.api.rejected()).toEqual([]);
  } finally {
    await relay.close();
  }
}, 180_000);
