import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a TCP server that can be cut at a chosen byte sequence. */
export interface CutProxy extends AsyncDisposable {
  readonly port: number;
  /**
   * Cuts the connection that sends `pattern`: `before` it is passed on, or `after`, with the answer kept back. Once.
   * Returns a promise of the cut.
   */
  cutAt(pattern: string, when: 'before' | 'after'): Promise<void>;
}

/** Listens on a free port and passes everything on to `target`. */
export async function startCutProxy(target: number): Promise<CutProxy> {
  const sockets = new Set<Socket>();
  let cut: { pattern: string; when: 'before' | 'after'; done: () => void } | null = null;
  const server = createServer((client) => {
    const onward = connect(target, '127.0.0.1');
    for (const socket of [client, onward]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        // What was passed on is still to arrive there.
        onward.end();
      });
    }
    let silenced = false;
    client.on('data', (bytes) => {
      const plan = cut && bytes.includes(cut.pattern) ? cut : null;
      if (plan) {
        cut = null;
        silenced = true;
      }
      if (plan?.when !== 'before') onward.write(bytes);
      if (plan?.when === 'before') client.destroy();
      plan?.done();
    });
    onward.on('data', (bytes) => {
      // The answer to what was cut after: it was worked on, and nobody is told.
      if (silenced) client.destroy();
      else client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cutAt: (pattern, when) =>
      new Promise<void>((done) => {
        cut = { pattern, when, done };
      }),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
