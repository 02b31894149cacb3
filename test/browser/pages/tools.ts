import { openDatastores } from '@datastores/browser';
import { type DevTools, openDevTools } from '@datastores/browser/devtools';
import { customers, orders } from '@datastores/core';
import { expose } from './expose.ts';

const server = new URLSearchParams(location.hash.slice(1));
const url = server.get('url');
const stores = await openDatastores({
  name: 'tools',
  datastores: [customers, orders],
  ...(url === null ? {} : { url, token: server.get('token') ?? '' }),
});
let tools: DevTools = openDevTools(stores, url === null ? {} : { url });
document.documentElement.style.cssText = 'color-scheme: light dark; background: Canvas; color: CanvasText';
document.body.append(Object.assign(document.createElement('h1'), { textContent: 'Shop' }));

/** What the page offers to tests. */
export type ToolsPage = typeof page;

const page = expose({
  put: async (id: string, name: string, phone = '1') => {
    await stores.customer.upsert({ id, name, phone, status: 'active' });
  },
  confirm: async (id: string) => (await stores.confirm(id)).outcome,
  name: async (id: string) => (await stores.customer.findOne(id).exec())?.name ?? null,
  toggle: () => tools.toggle(),
  end: () => tools.close(),
  again: () => {
    tools = openDevTools(stores, { open: true });
  },
});
