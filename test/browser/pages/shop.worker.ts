import { replicateInWorker } from '@datastores/browser/worker';
import { customers, orders } from '@datastores/core';

/** Where the server is, and who the user is, as the page knows it. */
export interface ShopSession {
  readonly url: string;
  readonly token: string;
}

replicateInWorker(async (port) => {
  const session = await new Promise<ShopSession>((resolve) => {
    port.addEventListener('message', ({ data }) => resolve(data as ShopSession), { once: true });
    port.start();
  });
  return { name: 'worker-shop', datastores: [customers, orders], ...session };
});
