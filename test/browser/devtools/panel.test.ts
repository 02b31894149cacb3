import { customers, orders } from '@datastores/core';
import { createSyncServer, silentLog } from '@datastores/sync-server';
import { expect, test } from 'vitest';
import { serveSite } from '../../support/chromium/site.ts';
import { chromium } from '../../support/chromium.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { TEST_SECRET, testToken } from '../../support/token.ts';
import type { ToolsPage } from '../pages/tools.ts';

const browser = chromium();
const ENTRY = 'test/browser/pages/tools.ts';

test('the panel opens and closes by keyboard, shows documents and the journal live, and leaves nothing behind', async () => {
  await using site = await serveSite(ENTRY);
  await using profile = await browser.profile();
  const { api, page } = await profile.tab<ToolsPage>(site.url);
  const panel = page.getByRole('region', { name: 'Developer tools of datastores' });
  await api.put('c1', 'Ana <b>bold</b>');
  await page.keyboard.press('Control+Shift+KeyD');
  await panel.waitFor();
  await expect.poll(() => panel.getByRole('tab', { selected: true }).textContent()).toBe('Documents1');

  const line = panel.getByRole('listitem').filter({ hasText: 'c1' });
  await line.waitFor();
  expect(await line.textContent()).toContain('unpushed');
  await line.locator('summary').click();
  await expect.poll(() => line.locator('pre').textContent()).toContain('"name": "Ana <b>bold</b>"');
  await api.put('c1', 'Ben');
  await expect.poll(() => line.locator('pre').textContent()).toContain('"name": "Ben"');
  await api.put('c2', 'Cleo');
  await expect.poll(() => panel.getByRole('listitem').count()).toBe(2);
  await panel.getByLabel('Ids from').fill('c2');
  await expect.poll(() => panel.getByRole('listitem').count()).toBe(1);

  await panel.getByRole('tab', { name: 'Documents' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => panel.getByRole('tab', { selected: true }).textContent()).toBe('Journal2');
  await expect
    .poll(() => panel.getByRole('listitem').allTextContents())
    .toEqual([expect.stringContaining('customer c1new'), expect.stringContaining('customer c2new')]);
  await page.keyboard.press('End');
  await expect.poll(() => panel.getByRole('listitem').first().textContent()).toContain('customer: 1 document');
  await page.keyboard.press('Escape');
  expect(await panel.count()).toBe(0);
  await api.again();
  await panel.waitFor();
  await api.end();
});

test('the offline switch cuts the tab off from the server, and shows and discards what was refused when it is back', async () => {
  using folder = temporaryFolder();
  await using site = await serveSite(ENTRY);
  const server = await createSyncServer(
    {
      dataFolder: folder.path,
      server: { port: 0, cors: [site.origin] },
      auth: { secret: TEST_SECRET },
      datastores: [customers, orders],
    },
    { log: silentLog },
  );
  const { url } = await server.listen();
  const address = `${site.url}#${new URLSearchParams({ url: `${url}/trpc`, token: await testToken('tools') })}`;
  await using one = await browser.profile();
  await using two = await browser.profile();
  const [here, there] = [await one.tab<ToolsPage>(address), await two.tab<ToolsPage>(address)];
  await here.api.put('c1', 'Ana');
  expect(await here.api.confirm('c1')).toBe('accepted');
  await expect.poll(() => there.api.name('c1'), { timeout: 15_000 }).toBe('Ana');
  await here.api.toggle();
  const panel = here.page.getByRole('region', { name: 'Developer tools of datastores' });
  const offline = panel.getByRole('switch', { name: 'Offline' });
  await offline.click();
  expect(await offline.getAttribute('aria-checked')).toBe('true');
  await expect.poll(() => panel.getByRole('status').textContent(), { timeout: 15_000 }).toBe('Offline: nothing waits');

  await here.api.put('c1', 'Ana here');
  await there.api.put('c1', 'Ana there', '2');
  expect(await there.api.confirm('c1')).toBe('accepted');
  await expect.poll(() => panel.getByRole('status').textContent()).toBe('Offline: 1 change waits');
  expect(await here.api.name('c1')).toBe('Ana here');
  await offline.click();
  const says = (text: string) =>
    expect.poll(() => panel.getByRole('status').textContent(), { timeout: 15_000 }).toBe(text);
  await says('Action required: 1 refused');

  await panel.getByRole('tab', { name: 'Conflicts' }).click();
  await panel.getByRole('listitem').filter({ hasText: 'customer c1' }).waitFor();
  expect(await here.api.name('c1')).toBe('Ana there');
  await panel.getByRole('tab', { name: 'Rejected' }).click();
  const refused = panel.getByRole('listitem').filter({ hasText: 'customer c1' });
  await refused.locator('summary').click();
  await expect.poll(() => refused.locator('pre').textContent()).toContain('Ana here');
  const discard = refused.getByRole('button', { name: 'Discard' });
  await discard.click();
  expect(await discard.textContent()).toContain('press again');
  await discard.click();
  await says('Everything is synced');
  expect(await panel.getByRole('listitem').count()).toBe(0);
  await here.api.end();
  await Promise.all([here.page.close(), there.page.close()]);
  await server.close();
});
