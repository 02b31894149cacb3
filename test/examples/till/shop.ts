import type { Frame, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { SampleSize } from '../../../examples/demo/seed/sample.ts';
import { type Demo, startDemo } from '../../../examples/demo/start-demo.ts';
import { temporaryFolder } from '../../support/folder.ts';

/** A shop with its business systems, filled and at rest: nothing happens in it but what a test does. */
export async function openShop(size: SampleSize = SMALL): Promise<AsyncDisposable & { readonly demo: Demo }> {
  const folder = temporaryFolder();
  const demo = await startDemo({ folder: folder.path, size });
  await demo.server.reconciler.idle();
  return {
    demo,
    async [Symbol.asyncDispose]() {
      await demo.close();
      folder[Symbol.dispose]();
    },
  };
}

const SMALL: SampleSize = { products: 60, customers: 30, orders: 10 };

/** A till on a page, as somebody at the counter uses it. */
export function atTill(page: Page | Frame) {
  const status = page.getByRole('status').first();
  return {
    page,
    status,
    /** Waits until everything is here and nothing is left to send. */
    synced: () => expect.poll(() => status.textContent(), { timeout: 60_000 }).toBe('Synced'),
    async choose(customer: string) {
      const search = page.getByRole('combobox', { name: 'Search customers' });
      await search.fill(customer);
      await page.getByRole('option', { name: customer }).first().waitFor();
      await search.press('Enter');
    },
    /** Finds a product by its number, and puts one into the basket. */
    async addFirst() {
      const shown = await page.locator('.product .quiet').first().textContent();
      const sku = shown?.split(' ')[0] ?? '';
      const search = page.getByRole('combobox', { name: 'Search products' });
      await search.fill(sku);
      await expect.poll(() => page.locator('.tally').textContent()).toMatch(/^1 found in [\d.]+ ms, 0 requests$/);
      await search.press('Enter');
      await search.fill('');
    },
    place: () => page.getByRole('button', { name: 'Place order' }).click(),
    /** What the newest order says of how far it is. */
    newest: () => page.locator('.order .receipt').first().textContent(),
    network: (on: boolean) => page.getByRole('switch', { name: 'Network' }).setChecked(on),
    async edit(values: Readonly<Record<string, string>>) {
      await page.getByRole('button', { name: 'Edit' }).click();
      for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value);
      await page.getByRole('button', { name: 'Save' }).click();
    },
  };
}
