import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP line to a server of this machine that can be cut and mended. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Ends every connection and takes none until `mend`. */
  cut(): void;
  mend(): void;
  /** Ends every connection; new ones are refused until `accept`, as by a machine on which nothing listens. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
}

/** Opens a line to a port. */
export async function openProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let up = true;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((incoming) => {
    keep(incoming);
    if (!up) return incoming.destroy();
    const outgoing = keep(connect(target, '127.0.0.1'));
    incoming.pipe(outgoing);
    outgoing.pipe(incoming);
    incoming.on('close', () => outgoing.destroy());
    outgoing.on('close', () => incoming.destroy());
  });
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    cut() {
      up = false;
      drop();
    },
    mend() {
      up = true;
    },
    async refuse() {
      const closed = once(server, 'close');
      server.close();
      drop();
      await closed;
    },
    async accept() {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async [Symbol.asyncDispose]() {
      drop();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
