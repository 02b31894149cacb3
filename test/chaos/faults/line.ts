import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Random } from '../../bench/documents/random.ts';

/** What a line can do to what is sent over it. `up` is towards the server, `down` towards the replica. */
export const LINE_FAULTS = [
  'cut-request',
  'cut-answer',
  'drop-answer',
  'blackhole-up',
  'blackhole-down',
  'reset',
] as const;

/** See {@link LINE_FAULTS}. */
export type LineFault = (typeof LINE_FAULTS)[number];

/** A TCP line to a server of this machine that fails on demand. */
export interface Line extends AsyncDisposable {
  readonly port: number;
  /** Every connection suffers this from now on; null: nothing more happens. */
  fail(fault: LineFault | 'down' | null): void;
  /**
   * What becomes of connections that a black hole kept bytes of: `late` delivers them, as TCP does when it sends again;
   * `dead` never does, as where a router on the way has forgotten the connection.
   */
  heal(lost: 'late' | 'dead'): void;
  /** How often bytes or connections have suffered so far. */
  hits(): number;
  /** Hears the bytes that the server sends, as text, until it is told otherwise. */
  listen(hear: ((text: string) => void) | null): void;
}

interface Link {
  readonly client: Socket;
  readonly onward: Socket;
  readonly kept: { readonly up: Buffer[]; readonly down: Buffer[] };
  dead: boolean;
}

/** Opens a line to a port. */
export async function openLine(target: () => number, random: Random): Promise<Line> {
  const links = new Set<Link>();
  let fault: LineFault | 'down' | null = null;
  let hear: ((text: string) => void) | null = null;
  let hits = 0;

  const end = (link: Link, how: 'destroy' | 'resetAndDestroy' = 'destroy') => {
    links.delete(link);
    link.client[how]();
    link.onward[how]();
  };

  function pass(link: Link, way: 'up' | 'down', bytes: Buffer): void {
    const to = way === 'up' ? link.onward : link.client;
    if (link.dead) return;
    if (!suffers(link, way)) return void to.write(bytes);
    hits += 1;
    if (fault === 'reset') end(link, 'resetAndDestroy');
    else if (fault === 'drop-answer') end(link);
    else if (fault === 'cut-request' || fault === 'cut-answer') cutShort(link, to, bytes);
    else link.kept[way].push(bytes);
  }

  function suffers({ kept }: Link, way: 'up' | 'down'): boolean {
    if (fault === 'reset' || kept[way].length > 0) return true;
    return (
      fault === `blackhole-${way}` ||
      fault === (way === 'up' ? 'cut-request' : 'cut-answer') ||
      (fault === 'drop-answer' && way === 'down')
    );
  }

  /** The first half arrives, and then nothing more. */
  function cutShort(link: Link, to: Socket, bytes: Buffer): void {
    links.delete(link);
    to.end(bytes.subarray(0, bytes.length >> 1), () => end(link));
  }

  const server = createServer({ noDelay: true }, (client) => {
    const onward = connect({ port: target(), host: '127.0.0.1', noDelay: true });
    const link: Link = { client, onward, kept: { up: [], down: [] }, dead: false };
    links.add(link);
    for (const socket of [client, onward]) {
      socket.on('error', () => end(link));
      socket.on('close', () => {
        // An end travels like bytes: into a black hole.
        if (!link.dead && !(fault?.startsWith('blackhole') && links.has(link))) end(link);
        else if (socket === client) end(link);
      });
    }
    if (fault === 'down') return end(link, 'resetAndDestroy');
    client.on('data', (bytes) => pass(link, 'up', bytes));
    onward.on('data', (bytes) => {
      hear?.(bytes.toString('utf8'));
      pass(link, 'down', bytes);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    fail(next) {
      fault = next;
      if (next === 'down') for (const link of [...links]) end(link, 'resetAndDestroy');
      // Connections that lie idle, as that of the pokes, are cut at some moment too.
      if (next !== 'reset') return;
      for (const link of [...links]) setTimeout(() => end(link, 'resetAndDestroy'), random.integer(0, 50));
    },
    heal(lost) {
      fault = null;
      for (const link of [...links]) heal(link, lost, end);
    },
    hits: () => hits,
    listen(next) {
      hear = next;
    },
    async [Symbol.asyncDispose]() {
      for (const link of [...links]) end(link);
      server.close();
      await once(server, 'close');
    },
  };
}

function heal(link: Link, lost: 'late' | 'dead', end: (link: Link) => void): void {
  const { client, onward, kept } = link;
  if (kept.up.length + kept.down.length === 0) {
    if (client.destroyed || onward.destroyed) end(link);
    return;
  }
  if (lost === 'dead') {
    link.dead = true;
    // The server's side is forgotten as well; the replica still waits.
    onward.destroy();
    return;
  }
  for (const bytes of kept.up.splice(0)) onward.write(bytes);
  for (const bytes of kept.down.splice(0)) client.write(bytes);
  if (client.destroyed || onward.destroyed) end(link);
}
