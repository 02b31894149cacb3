import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sizeLimit from 'size-limit';
import { expect, test } from 'vitest';
import { bundleOf } from '../support/bundle.ts';
import { chromium } from '../support/chromium.ts';
import { temporaryFolder } from '../support/folder.ts';
import { openShop } from '../support/shop.ts';
import { writeThere } from '../support/sync.ts';
import { articles } from './article.ts';
import type { ArticlePage } from './pages/article.ts';

/** KiB after gzip of what a page has loaded that has opened its datastores, synced, searched and written. */
const LIMIT_KIB = 111;

/** It comes without types. */
const MEASURES_FILES: string = '@size-limit/file';

const browser = chromium();

test('a page that opens, syncs, searches and writes has loaded little, and the rest loads where it is needed', async () => {
  await using shop = await openShop('test/browser/pages/article.ts', { datastores: [articles] });
  await writeThere(shop.server.store, articles, [{ id: 'a', name: 'Red lamp' }]);
  await using profile = await browser.profile();
  const tab = await profile.tab<ArticlePage>(await shop.page());
  await tab.api.live();
  await expect.poll(() => tab.api.find('red')).toEqual(['a']);
  expect(await tab.api.add('b', 'Blue lamp')).toBe('accepted');
  await expect.poll(() => tab.api.find('lamp')).toHaveLength(2);
  expect(await tab.api.addWrongTime()).toBe('DOCUMENT_INVALID');
  const scripts = () => {
    const paths = profile.requests.map(({ url }) => new URL(url)).filter(({ origin }) => origin === shop.site.origin);
    return [...new Set(paths.map(({ pathname }) => pathname))].filter((path) => path.endsWith('.js'));
  };
  const loaded = scripts();

  expect(await gzippedKiB(loaded.map((path) => String(shop.site.files.get(path)?.content)))).toBeLessThan(LIMIT_KIB);

  expect(await tab.api.check()).toEqual(['equal']);
  expect(scripts().length).toBeGreaterThan(loaded.length);
});

test('there is nothing in the bundle that does not belong there', async () => {
  const { code, modules } = await bundleOf('test/browser/pages/article.ts');

  const found = (pattern: RegExp) => modules.filter(({ id }) => pattern.test(id)).map(({ id }) => id);
  expect(found(/rxdb.*(?:dev-mode|leader-election|migration|local-documents|replication-protocol\/index)/)).toEqual([]);
  expect(found(/node_modules\/(?:ajv|ajv-formats|croner|fast-uri|minisearch|react|superjson|zod|@trpc)\//)).toEqual([]);
  expect(found(/node_modules\/dexie\/.*(?:\.m?js)$/).length).toBeLessThanOrEqual(2);
  // A content security policy forbids programs that are made at run time.
  expect(code).not.toMatch(/new Function\(/);
});

/** Of files as a server packs them, each on its own. */
async function gzippedKiB(codes: readonly string[]): Promise<number> {
  using folder = temporaryFolder();
  const files = codes.map((code, index) => {
    const file = join(folder.path, `${index}.js`);
    writeFileSync(file, code);
    return file;
  });
  const { default: plugin } = (await import(MEASURES_FILES)) as { readonly default: never };
  const measured = await sizeLimit([plugin], { checks: [{ files, gzip: true }] });
  return Number(Reflect.get(Object(Reflect.get(measured, 0)), 'size')) / 1_024;
}
