import { expect, test } from 'vitest';
import { launchChromium } from '../support/chromium/launch.ts';
import { serveSite } from '../support/chromium/site.ts';
import { chromium } from '../support/chromium.ts';
import { temporaryFolder } from '../support/folder.ts';
import type { CustomersPage } from './pages/customers.ts';

const browser = chromium();
const ENTRY = 'test/browser/pages/customers.ts';

test('tabs of a profile share what is stored, and profiles do not', async () => {
  await using site = await serveSite(ENTRY);
  await using profile = await browser.profile();
  await using other = await browser.profile();
  const [one, two] = [await profile.tab<CustomersPage>(site.url), await profile.tab<CustomersPage>(site.url)];
  const elsewhere = await other.tab<CustomersPage>(site.url);

  await one.api.add('c1', 'Ana');

  await expect.poll(() => two.api.names()).toEqual(['Ana']);
  await one.reload();
  expect(await one.api.names()).toEqual(['Ana']);
  expect(await elsewhere.api.names()).toEqual([]);
  const hosts = new Set(profile.requests.map(({ url }) => new URL(url).origin));
  expect([...hosts]).toEqual([site.origin]);
});

test('a tab that is killed or frozen leaves what it had written to the others', async () => {
  await using site = await serveSite(ENTRY);
  await using profile = await browser.profile();
  const [one, two] = [await profile.tab<CustomersPage>(site.url), await profile.tab<CustomersPage>(site.url)];
  await one.api.add('c1', 'Ana');
  await one.freeze();
  await two.api.add('c2', 'Ben');
  await one.unfreeze();
  await expect.poll(() => one.api.names(), { timeout: 10_000 }).toEqual(['Ana', 'Ben']);
  await one.kill();

  expect(await two.api.names()).toEqual(['Ana', 'Ben']);
});

test('a kept profile outlives its browser, whether that is closed or killed', async () => {
  await using site = await serveSite(ENTRY);
  using folder = temporaryFolder();
  const first = await browser.keptProfile(folder.path);
  await (await first.tab<CustomersPage>(site.url)).api.add('c1', 'Ana');
  await first.kill();
  {
    await using second = await browser.keptProfile(folder.path);
    const tab = await second.tab<CustomersPage>(site.url);
    expect(await tab.api.names()).toEqual(['Ana']);
    await tab.api.add('c2', 'Ben');
  }
  await using third = await browser.keptProfile(folder.path);
  expect(await (await third.tab<CustomersPage>(site.url)).api.names()).toEqual(['Ana', 'Ben']);
});

test('a page that was visited opens without a network', async () => {
  await using site = await serveSite(ENTRY, { offline: true });
  await using profile = await browser.profile({ expectedErrors: [/ERR_INTERNET_DISCONNECTED/] });
  const tab = await profile.tab<CustomersPage>(site.url);
  await tab.page.evaluate(() => navigator.serviceWorker.ready);
  // The first visit was loaded before there was a service worker to keep it.
  await tab.reload();
  await tab.api.add('c1', 'Ana');
  await profile.setOffline(true);

  await tab.reload();

  expect(await tab.api.names()).toEqual(['Ana']);
});

test.each([
  { what: 'the page', ask: (host: string) => `fetch('http://${host}/').catch(() => 0)` },
  { what: 'an image', ask: (host: string) => `new Image().src = 'https://${host}/a.png'` },
  { what: 'a socket', ask: (host: string) => `new WebSocket('wss://${host}/')` },
  { what: 'a hint', ask: (host: string) => hint(`http://${host}/`) },
  { what: 'a worker', ask: (host: string) => `new Worker(${script(`fetch('http://${host}/')`)})` },
  { what: 'a shared worker', ask: (host: string) => `new SharedWorker(${script(`fetch('http://${host}/')`)})` },
])('another host that $what asks for is a problem unless it was expected', async ({ ask }) => {
  await using site = await serveSite(ENTRY);
  await using own = await launchChromium();
  const expectedErrors = [/net::ERR|WebSocket|Failed to fetch|status of 403|CORS policy/];
  await using profile = await own.profile({ expectedErrors, otherHosts: ['expected.example'] });
  const tab = await profile.tab<CustomersPage>(site.url);
  await tab.page.evaluate(`void (${ask('expected.example')})`);
  await tab.page.evaluate(`void (${ask('surprise.example')})`);

  await expect.poll(() => profile.problems).toContain('Another host was asked for: surprise.example');
  expect(profile.problems.filter((problem) => !problem.endsWith(': surprise.example'))).toEqual([]);
});

function script(code: string): string {
  return `URL.createObjectURL(new Blob([${JSON.stringify(code)}], { type: 'text/javascript' }))`;
}

function hint(url: string): string {
  return `document.head.append(Object.assign(document.createElement('link'), { rel: 'preload', as: 'fetch', href: '${url}' }))`;
}

test('what a page logs as an error is a problem unless it was expected', async () => {
  await using site = await serveSite(ENTRY);
  await using own = await launchChromium();
  await using profile = await own.profile({ expectedErrors: [/a planned error/] });
  const tab = await profile.tab<CustomersPage>(site.url);
  await tab.api.logError('a planned error');
  await tab.api.logError('a surprise');

  await expect.poll(() => profile.problems).toEqual([expect.stringContaining('a surprise')]);
});
