import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Closes what only waits: connections between two requests, and those that never had one. Node knows the first kind
 * alone; a client that connects ahead of its next request would otherwise hold up a server that wants to stop.
 */
export function trackUnusedConnections(server: Server): { readonly close: () => void } {
  const unused = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.on('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));
  return {
    close: () => {
      server.closeIdleConnections();
      for (const socket of unused) socket.destroy();
    },
  };
}
