import { expect, test } from 'vitest';
import { serveSite } from '../../support/chromium/site.ts';
import { chromium } from '../../support/chromium.ts';
import type { VaultPage } from '../pages/vault.ts';

const browser = chromium();

test('tabs see and find what the others encrypt, in the order it was written, and Chromium stores none of it readable', async () => {
  await using site = await serveSite('test/browser/pages/vault.ts');
  await using profile = await browser.profile();
  // Both make the data key of the new database at the same moment.
  const [one, two] = await Promise.all([profile.tab<VaultPage>(site.url), profile.tab<VaultPage>(site.url)]);

  for (let at = 0; at < 10; at += 1) await one.api.put(`secret number${at}`);
  await expect.poll(async () => (await two.api.seen()).at(-1), { timeout: 10_000 }).toBe('secret number9');
  const seen = (await two.api.seen()).filter((text) => text !== '');
  expect(seen).toEqual([...seen].sort());
  await expect.poll(() => two.api.found('number9')).toEqual(['c1']);
  expect(await two.api.found('"number8"')).toEqual([]);
  const raw = await one.api.raw();
  expect(raw).toMatch(/\bAna\b/);
  expect(raw).not.toContain('secret');

  await two.reload();
  await expect.poll(async () => (await two.api.seen()).at(-1), { timeout: 10_000 }).toBe('secret number9');
});
