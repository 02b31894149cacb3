import type { SyncServer } from '@datastores/sync-server';
import { expect, test } from 'vitest';
import { heapOf } from '../../bench/browser/heap.ts';
import type { SyncPage, Watched } from '../../bench/browser/sync-page.ts';
import { KINDS, SEED } from '../../bench/documents/kinds.ts';
import { chromium } from '../../support/chromium.ts';
import { openShop } from '../../support/shop.ts';
import { testToken } from '../../support/token.ts';

const browser = chromium();
const ENTRY = 'test/bench/browser/sync-page.ts';
const { datastore, id, make } = KINDS.product;

const DOCUMENTS = 30_000;
const REMOVED = 10_000;

/** What was pulled is not kept in memory; beside 200 to 500 bytes a document there is the page itself. */
const HEAP_MIB = 40;

test('a page scrolls and reads while it pulls and while thousands of documents are removed', async () => {
  await using shop = await openShop(ENTRY, { datastores: [datastore] });
  for (let from = 0; from < DOCUMENTS; from += 1_000) await store(shop.server, { from, count: 1_000 });
  await using profile = await browser.profile();
  const tab = await profile.tab<SyncPage>(shop.site.url);

  const sync = await tab.api.sync({ url: shop.url, token: await testToken('ana'), docs: DOCUMENTS });
  expect(await tab.api.count()).toBe(DOCUMENTS);
  expectScrolling(sync, DOCUMENTS / 500);
  expect((await heapOf(tab)) / 2 ** 20).toBeLessThan(HEAP_MIB);

  const arriving = tab.api.arrival(DOCUMENTS - REMOVED);
  await store(shop.server, { from: 0, count: REMOVED, gone: true });
  expectScrolling(await arriving, 5);

  expectScrolling(await tab.api.remove(REMOVED), 5);
  expect(await tab.api.count()).toBe(DOCUMENTS - 2 * REMOVED);
  await tab.api.close();
}, 180_000);

/** Frames came and reads were answered in between, so nothing was done in one go. */
function expectScrolling({ frames, reads }: Watched, atLeast: number): void {
  expect(frames).toBeGreaterThanOrEqual(atLeast);
  expect(reads).toBeGreaterThan(1);
}

/** Writes documents with these numbers in one change, or deletes them. */
async function store(
  server: SyncServer,
  { from, count, gone = false }: { readonly from: number; readonly count: number; readonly gone?: boolean },
): Promise<void> {
  const documents = Array.from({ length: count }, (_, at) => ({
    datastore: datastore.name,
    id: id(from + at),
    body: gone ? null : JSON.stringify(make(SEED, from + at)),
    schemaVersion: datastore.version,
    author: '@erp',
    base: null,
    from: null,
  }));
  await server.store.write({ scope: 'main' }, () => ({ documents, result: null }));
}
