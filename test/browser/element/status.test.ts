import { expect, test } from 'vitest';
import { serveSite } from '../../support/chromium/site.ts';
import { chromium } from '../../support/chromium.ts';
import type { StatusPage } from '../pages/status.ts';

const browser = chromium();
const ENTRY = 'test/browser/pages/status.ts';

test('the status element says each state in words, counts what waits, and keeps its size', async () => {
  await using site = await serveSite(ENTRY);
  await using profile = await browser.profile();
  const { api, page } = await profile.tab<StatusPage>(site.url);
  const sizes = new Set<string>();
  const says = async (state: string, text: string, badge: string | null = null) => {
    await expect.poll(() => api.shown()).toMatchObject({ state, text, badge });
    sizes.add(String((await api.shown()).size));
  };

  await says('syncing', 'Syncing');
  await api.set({ state: 'catching-up', remaining: 1_234 });
  await says('syncing', 'Syncing: 1,234 to come');
  await api.set({ state: 'live' });
  await says('synced', 'Everything is synced');
  await api.set({ state: 'live' }, 1);
  await says('syncing', 'Syncing: 1 change to send', '1');
  await api.set({ state: 'offline' }, 3);
  await says('offline', 'Offline: 3 changes wait', '3');
  await api.inGerman();
  await says('offline', 'Offline, 3 warten', '3');
  expect([...sizes], 'nothing around it moves').toHaveLength(1);

  const accessible = await page.getByRole('status').ariaSnapshot();
  expect(accessible).toContain('Offline, 3 warten');
  await api.detach();
  expect(await api.observed()).toBe(false);
});

test('what somebody has to do comes before everything else', async () => {
  await using site = await serveSite(ENTRY);
  await using profile = await browser.profile();
  const { api } = await profile.tab<StatusPage>(site.url);
  const says = (text: string, badge: string | null) => expect.poll(() => api.shown()).toMatchObject({ text, badge });

  await api.set({ state: 'needs-sign-in' }, 2);
  await says('Sign in to go on syncing', '2');
  await api.set({ state: 'live' }, 0, 2);
  await says('Action required: 2 refused', '2');
  await api.set({ state: 'stopped' });
  await says('Action required: syncing has stopped', null);
  await api.set(null, 1_000);
  await says('Saved on this device', '999+');
});

test('text and badge can be read in light and dark', async () => {
  await using site = await serveSite(ENTRY);
  await using profile = await browser.profile();
  const { api, page } = await profile.tab<StatusPage>(site.url);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const state of ['live', 'offline', 'catching-up', 'stopped'] as const) {
      await api.set({ state }, 5);
      await expect.poll(async () => (await api.shown()).badge).toBe('5');
      const ratios = await page.locator('datastores-status').evaluate((element) => {
        const light = (text: string) => {
          const parts = (text.match(/[\d.]+/g) ?? []).slice(0, 3).map((part) => Number(part) / 255);
          const [red = 0, green = 0, blue = 0] = parts.map((part) =>
            part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
          );
          return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        };
        const contrast = (one: string, other: string) => {
          const [low = 0, high = 0] = [light(one), light(other)].sort((a, b) => a - b);
          return (high + 0.05) / (low + 0.05);
        };
        const style = (part: string) =>
          getComputedStyle(element.shadowRoot?.querySelector(`[part=${part}]`) as Element);
        const paper = style('status').backgroundColor;
        return [
          contrast(style('text').color, paper),
          contrast(style('icon').fill, paper),
          contrast(style('badge').color, style('badge').backgroundColor),
        ];
      });
      for (const ratio of ratios) expect(ratio, `${colorScheme} ${state}`).toBeGreaterThan(4.5);
    }
  }
});
