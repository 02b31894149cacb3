import { openDatastores } from '@datastores/browser';
import { customers, orders } from '@datastores/core';
import { firstValueFrom } from 'rxjs';
import { expose } from './expose.ts';
import type { ShopSession } from './shop.worker.ts';

const query = new URLSearchParams(location.search);
const session: ShopSession = { url: query.get('url') ?? '', token: query.get('token') ?? '' };
if (query.has('none')) Reflect.deleteProperty(globalThis, 'SharedWorker');

const opening = openDatastores({
  name: 'worker-shop',
  datastores: [customers, orders],
  ...session,
  worker: () => {
    if (query.has('broken')) return new SharedWorker('/no-such-file.js', { type: 'module' });
    const worker = new SharedWorker(new URL('./shop.worker.ts', import.meta.url), { type: 'module' });
    worker.port.postMessage(session);
    return worker;
  },
});

/** What the page offers to tests. */
export type WorkerShopPage = typeof page;

const page = expose({
  add: async (id: string, name: string) => {
    await (await opening).customer.insert({ id, name, status: 'active' });
  },
  name: async (id: string) => (await (await opening).customer.findOne(id).exec())?.name ?? null,
  confirm: async (id: string) => (await (await opening).confirm(id, { timeoutMs: 20_000 })).outcome,
  state: async () => (await firstValueFrom((await opening).status$)).state,
  unpushed: async () => firstValueFrom((await opening).unpushed$),
  replicates: async () => firstValueFrom((await opening).replicates$),
  signOut: async () => (await opening).signOut(),
});
