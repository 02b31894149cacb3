import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands where the rest of the world would be, and lets nothing through. */
export interface Outside extends AsyncDisposable {
  /** How Chromium is told to ask here for every host but this machine. */
  readonly proxy: { readonly server: string; readonly bypass: string };
}

/** Hosts of this machine, where the servers of tests are. */
const HERE = ['127.0.0.1', 'localhost', '[::1]'];

/** Hosts that Chromium itself asks for, whatever its pages do, and whatever it is told on its command line. */
const OF_CHROMIUM: ReadonlySet<string> = new Set([
  ...['accounts.google.com', 'clients2.google.com', 'android.clients.google.com', 'mtalk.google.com', 'www.google.com'],
  ...['update.googleapis.com', 'clientservices.googleapis.com', 'safebrowsing.googleapis.com'],
  ...['optimizationguide-pa.googleapis.com', 'content-autofill.googleapis.com'],
  ...['edgedl.me.gvt1.com', 'redirector.gvt1.com'],
]);

/**
 * A proxy for all that is not on this machine, which refuses and tells what was asked for. Whoever asks comes by here:
 * workers of all kinds, sockets, and what is fetched in advance, of which a page's log of requests does not tell.
 */
export async function listenOutside(heard: (host: string) => void): Promise<Outside> {
  const asked = (host: string) => {
    if (!OF_CHROMIUM.has(host)) heard(host);
  };
  const server = createServer((request, response) => {
    asked(hostOf(request.url ?? ''));
    response.writeHead(403).end();
  });
  server.on('connect', (request, socket) => {
    asked(hostOf(`https://${request.url}`));
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    proxy: { server: `http://127.0.0.1:${port}`, bypass: HERE.join(',') },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** The host of an address, or the address where it has none. */
function hostOf(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname : address;
}
