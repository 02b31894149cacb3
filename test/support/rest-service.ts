import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NastyReply, Trap } from '../nasty/trap.ts';
import { createItemsTable, type ItemsOptions, type ItemsTable } from './rest-items.ts';
import { answer, type RestRequest } from './rest-routes.ts';

/** A small business service with a JSON API over HTTP, on its own SQLite file. */
export interface RestService extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  /** The table behind the API: the other side. */
  readonly items: ItemsTable;
  /** Every request as it came. */
  readonly requests: readonly RestRequest[];
  /** The next request that fits is answered in this way instead, after it was worked on if `worked` is set. */
  disturb(disturbance: Disturbance): void;
  /** Switches a trap on; the result switches it off. */
  on(trap: Trap): () => void;
  interrupt(): Promise<void>;
  resume(): Promise<void>;
}

/** One answer that goes wrong. Without a status the connection is cut. */
export interface Disturbance {
  readonly method: string;
  readonly worked?: boolean;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Starts the service. With `tombstones` it keeps deleted records and shows them in lists. */
export async function startRestService(options: ItemsOptions): Promise<RestService> {
  const folder = await mkdtemp(join(tmpdir(), 'datastores-rest-'));
  const items = createItemsTable(join(folder, 'items.db'), options);
  const token = randomUUID();
  const requests: RestRequest[] = [];
  const disturbances: Disturbance[] = [];
  const traps = new Set<Trap>();
  const server = createServer((incoming, response) => {
    void serve(incoming, response);
  });
  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await toRequest(incoming);
    requests.push(request);
    const at = disturbances.findIndex(({ method }) => method === request.method);
    const [disturbance] = at < 0 ? [] : disturbances.splice(at, 1);
    if (disturbance && !disturbance.worked) return disturbed(response, disturbance);
    const reply = trapped(request, () => authorised(request));
    if (disturbance) return disturbed(response, disturbance);
    deliver(response, reply);
  }
  const authorised = (request: RestRequest): NastyReply =>
    request.headers.authorization === `Bearer ${token}`
      ? answer(items, request)
      : { status: 401, headers: {}, body: { message: 'no valid token' } };
  const trapped = (request: RestRequest, work: () => NastyReply): NastyReply => {
    for (const trap of traps) {
      const instead = trap.request?.(request);
      if (instead !== undefined) return instead;
    }
    let reply = work();
    for (const trap of traps) if (typeof reply === 'object') reply = trap.answer?.(request, reply) ?? reply;
    return reply;
  };
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api`,
    token,
    items,
    requests,
    disturb: (disturbance) => void disturbances.push(disturbance),
    on(trap) {
      traps.add(trap);
      return () => void traps.delete(trap);
    },
    interrupt: close,
    resume: () => listen(port),
    async [Symbol.asyncDispose]() {
      await close();
      items.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function deliver(response: ServerResponse, reply: NastyReply): void {
  // What is silent is ended by whoever waits, or with the service.
  if (reply === 'silent') return;
  if (reply === 'cut') return void response.destroy();
  const body = reply.text ?? (reply.body === undefined ? '' : JSON.stringify(reply.body));
  const length = reply.promises === undefined ? {} : { 'content-length': String(body.length + reply.promises) };
  response.writeHead(reply.status, { 'content-type': 'application/json', ...length, ...reply.headers });
  if (reply.promises === undefined) response.end(body);
  else response.write(body, () => setImmediate(() => response.destroy()));
}

function disturbed(response: ServerResponse, disturbance: Disturbance): void {
  if (disturbance.status === undefined) response.destroy();
  else response.writeHead(disturbance.status, disturbance.headers).end(disturbance.body ?? '');
}

async function toRequest(incoming: IncomingMessage): Promise<RestRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const url = new URL(incoming.url ?? '/', 'http://localhost');
  const text = Buffer.concat(chunks).toString('utf8');
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname.replace(/^\/api/, ''),
    query: Object.fromEntries(url.searchParams),
    headers: incoming.headers,
    body: text === '' ? undefined : (JSON.parse(text) as unknown),
  };
}
