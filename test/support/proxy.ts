import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP line to a server of this machine that can be cut and mended. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Ends every connection and takes none until `mend`. */
  cut(): void;
  mend(): void;
  /** Passes on about so many more bytes of answers, and no further ones until `cut`. Resolves when that has happened. */
  stallAfter(bytes: number): Promise<void>;
  /** Ends every connection; new ones are refused until `accept`, as by a machine on which nothing listens. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
}

/** Opens a line to a port. */
export async function openProxy(target: number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  let up = true;
  let stall: { left: number; readonly reached: () => void } | null = null;
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
    outgoing.on('data', ({ length }) => {
      if (stall === null) return;
      stall.left -= length;
      if (stall.left > 0) return;
      outgoing.unpipe(incoming);
      outgoing.pause();
      stall.reached();
    });
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
      stall = null;
      drop();
    },
    mend() {
      up = true;
    },
    stallAfter: (bytes) =>
      new Promise<void>((reached) => {
        stall = { left: bytes, reached };
      }),
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
