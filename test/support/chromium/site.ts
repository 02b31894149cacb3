import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, resolve } from 'node:path';
import { build, type Rollup } from 'vite';

/** A web site of one page, on an origin of its own. */
export interface Site extends AsyncDisposable {
  /** Address of the page. */
  readonly url: string;
  readonly origin: string;
  /** What is served, by path. */
  readonly files: ReadonlyMap<string, ServedFile>;
}

/** A file of a site. */
export interface ServedFile {
  readonly type: string;
  readonly content: string | Uint8Array;
}

/** What to serve. */
export interface SiteOptions {
  /** Registers a service worker that keeps the page for offline use. */
  readonly offline?: boolean;
  /** False: the packages of the repository are bundled as they were built, not from their sources. */
  readonly sources?: boolean;
}

/**
 * Bundles a TypeScript file as a browser would get it and serves it with a page around it at `http://127.0.0.1:<port>/`.
 * @param entry path of the file, from the root folder of the repository.
 */
export async function serveSite(entry: string, options: SiteOptions = {}): Promise<Site> {
  const files = await bundleOnce(entry, options);
  const server = createServer((request, response) => {
    const file = files.get(new URL(request.url ?? '/', 'http://site').pathname);
    response.writeHead(file === undefined ? 404 : 200, {
      'content-type': file?.type ?? 'text/plain',
      'cache-control': 'no-store',
    });
    response.end(file?.content ?? 'There is no such file.');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: `${origin}/`,
    origin,
    files,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const bundles = new Map<string, Promise<ReadonlyMap<string, ServedFile>>>();

/** The tests of a file often serve the same page. */
function bundleOnce(entry: string, options: SiteOptions): Promise<ReadonlyMap<string, ServedFile>> {
  const key = JSON.stringify([entry, options]);
  const bundle = bundles.get(key) ?? bundlePage(entry, options);
  bundles.set(key, bundle);
  return bundle;
}

/** The files of a page with its bundle, by path. */
export async function bundlePage(entry: string, options: SiteOptions = {}): Promise<Map<string, ServedFile>> {
  const { offline = false, sources = true } = options;
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    root: ROOT,
    // Those that Vite takes when nothing is said, with the sources of the packages in front.
    resolve: { conditions: [...(sources ? ['@datastores/source'] : []), 'module', 'browser', 'production'] },
    define: { 'process.env.NODE_ENV': '"production"' },
    worker: { format: 'es' },
    build: {
      write: false,
      target: 'chrome120',
      reportCompressedSize: false,
      chunkSizeWarningLimit: 10_000,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: resolve(ROOT, entry) },
    },
  });
  const outputs = (Array.isArray(built) ? built : [built]) as readonly Rollup.RollupOutput[];
  const parts = outputs.flatMap(({ output }) => output);
  const files = new Map<string, ServedFile>();
  for (const part of parts) {
    const content = part.type === 'chunk' ? part.code : part.source;
    files.set(`/${part.fileName}`, { type: typeOf(part.fileName), content });
  }
  const main = parts.find((part) => part.type === 'chunk' && part.isEntry);
  if (main === undefined) throw new Error(`Bundling ${entry} gave no script.`);
  files.set('/', { type: typeOf('index.html'), content: html(main.fileName, { title: basename(entry), offline }) });
  files.set('/favicon.ico', { type: 'image/x-icon', content: '' });
  if (offline) files.set('/service-worker.js', { type: typeOf('.js'), content: SERVICE_WORKER });
  return files;
}

const ROOT = resolve(import.meta.dirname, '../../..');

function html(script: string, { title, offline }: { readonly title: string; readonly offline: boolean }): string {
  const register = offline
    ? '<script>navigator.serviceWorker.register("/service-worker.js").catch((error) => console.error(error))</script>'
    : '';
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title>${register}<script type="module" src="/${script}"></script></head><body></body></html>`;
}

/** Keeps what the site has served, and serves it again while the site cannot be reached. */
const SERVICE_WORKER = `
  self.addEventListener('install', (event) => {
    event.waitUntil(caches.open('site').then((cache) => cache.add('/')).then(() => self.skipWaiting()));
  });
  self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
  self.addEventListener('fetch', (event) => {
    const { request } = event;
    if (new URL(request.url).origin !== self.location.origin) return;
    event.respondWith(
      fetch(request).then(
        async (response) => {
          if (response.ok) await (await caches.open('site')).put(request, response.clone());
          return response;
        },
        async (error) => (await caches.match(request)) ?? Promise.reject(error),
      ),
    );
  });
`;

function typeOf(name: string): string {
  if (name.endsWith('.html')) return 'text/html; charset=utf-8';
  if (name.endsWith('.js')) return 'text/javascript; charset=utf-8';
  if (name.endsWith('.css')) return 'text/css; charset=utf-8';
  if (name.endsWith('.svg')) return 'image/svg+xml';
  return 'application/octet-stream';
}
