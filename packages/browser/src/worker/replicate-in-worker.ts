import type { Datastore } from '@datastores/core';
import { type BrowserDatastores, type OpenDatastoresOptions, openStanding } from '../open.ts';

/** How to open the datastores, or a function that finds out from the tab that connects. */
export type WorkerOptions<D extends readonly Datastore[]> =
  | OpenDatastoresOptions<D>
  | ((port: MessagePort) => OpenDatastoresOptions<D> | Promise<OpenDatastoresOptions<D>>);

/**
 * Makes a SharedWorker replicate for all tabs: to be called at the top of its file, once. It opens the same datastores under
 * the same name as the tabs do, and is one more instance in their election, which takes the lead as soon as it is there; if
 * it fails, or hangs, a tab replicates. What a tab has closed for all (a sign-out, a newer version) is opened again with
 * the next tab that connects.
 */
export function replicateInWorker<const D extends readonly Datastore[]>(options: WorkerOptions<D>): void {
  let isOpen = false;

  async function open(port: MessagePort): Promise<void> {
    const given = typeof options === 'function' ? await options(port) : options;
    const stores: BrowserDatastores<D> = await openStanding(given, 'preferred');
    stores.ended$.subscribe((reason) => {
      if (reason !== null) isOpen = false;
    });
  }

  globalThis.addEventListener('connect', (event) => {
    const [port] = (event as MessageEvent).ports;
    if (port === undefined || isOpen) return;
    isOpen = true;
    // What cannot be opened here cannot be opened in the tab either, which tells its application.
    open(port).catch(() => {
      isOpen = false;
    });
  });
}
