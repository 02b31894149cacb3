import { customers, type Datastore, orders } from '@datastores/core';
import { createSyncServer, type SyncServer, silentLog } from '@datastores/sync-server';
import { type SiteOptions, serveSite } from './chromium/site.ts';
import { temporaryFolder } from './folder.ts';
import { TEST_SECRET, testToken } from './token.ts';

/** A real server that lets pages of a site in. */
export interface ShopServer extends AsyncDisposable {
  readonly server: SyncServer;
  /** Of the tRPC routes. */
  readonly url: string;
  readonly port: number;
}

/** How to start a server. */
export interface ShopServerOptions {
  readonly folder: string;
  /** Origins of pages that may ask. */
  readonly origin: string;
  readonly port?: number;
  readonly datastores?: readonly Datastore[];
}

/** Starts a server in a folder. */
export async function startShopServer(options: ShopServerOptions): Promise<ShopServer> {
  const { folder, origin, port = 0, datastores = [customers, orders] } = options;
  const config = {
    dataFolder: folder,
    server: { port, cors: [origin] },
    auth: { secret: TEST_SECRET },
    datastores,
  };
  const server = await createSyncServer(config, { log: silentLog });
  const { url, port: listening } = await server.listen();
  let closing: Promise<void> | undefined;
  return {
    server,
    url: `${url}/trpc`,
    port: listening,
    async [Symbol.asyncDispose]() {
      closing ??= server.close();
      await closing;
    },
  };
}

/** A site, a server, and the addresses of pages that know it. */
export async function openShop(
  entry: string,
  options: SiteOptions & { readonly datastores?: readonly Datastore[] } = {},
) {
  const { datastores, ...siteOptions } = options;
  const folder = temporaryFolder();
  const site = await serveSite(entry, siteOptions);
  const place = { folder: folder.path, origin: site.origin, ...(datastores === undefined ? {} : { datastores }) };
  let server = await startShopServer(place);
  const { port, url } = server;
  return {
    site,
    folder: folder.path,
    get server() {
      return server.server;
    },
    url,
    /** Address of the page for a user. */
    async page(subject = 'ana', scopes: readonly string[] = ['main'], more: Record<string, string> = {}) {
      const query = new URLSearchParams({ url, token: await testToken(subject, scopes), ...more });
      return `${site.url}?${query}`;
    },
    /** Ends the server; nothing answers on its port any more. */
    stop: () => server[Symbol.asyncDispose](),
    /** Starts it again on the same port. */
    async start() {
      server = await startShopServer({ ...place, port });
    },
    async [Symbol.asyncDispose]() {
      await site[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
