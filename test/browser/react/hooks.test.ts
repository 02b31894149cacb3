import { expect, test } from 'vitest';
import { serveSite } from '../../support/chromium/site.ts';
import { chromium } from '../../support/chromium.ts';
import type { HooksPage } from '../pages/hooks.ts';

const browser = chromium();

test('hooks show what is stored and follow its changes, under StrictMode and beside the hooks of RxDB', async () => {
  await using site = await serveSite('test/browser/pages/hooks.ts');
  await using profile = await browser.profile();
  const { api } = await profile.tab<HooksPage>(site.url);
  const shows = (id: string, text: string) => expect.poll(() => api.text(id), { timeout: 10_000 }).toBe(text);

  await shows('list', '');
  await shows('one', 'none');
  await api.put('c1', 'Ben');
  await api.put('c2', 'Ana');
  await shows('list', 'Ana, Ben');
  await shows('one', 'Ben');
  await shows('sync', 'local 2 saved');
  await shows('rxdb', 'Ben, Ana');
  await api.choose('c2');
  await shows('one', 'Ana');
  await api.choose(null);
  await shows('one', 'loading');
  await api.remove('c2');
  await shows('list', 'Ben');

  await shows('found', '');
  await api.putProduct('p1', 'Red shoe');
  await api.putProduct('p2', 'Blue boot');
  await shows('found', 'Red shoe:1');
  await api.type('boot');
  await shows('found', 'Blue boot:1');

  const before = await api.renders();
  await api.putProduct('p3', 'Another red one');
  expect(await api.renders(), 'a list renders again only for its own changes').toBe(before);
  await api.unmount();
  await api.put('c3', 'After the end');
  expect(await api.text('list')).toBeNull();
});
