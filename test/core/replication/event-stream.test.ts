import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTrpcTransport } from '@datastores/core';
import { type Poke, STREAM_SILENCE_MS } from '@datastores/core/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { openEventStream } from '../../../packages/core/src/replication/event-stream.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A server of streams that answers as told. */
async function serve(handle: (request: IncomingMessage, response: ServerResponse) => void) {
  const server: Server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/trpc`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const stream = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'text/event-stream' });
const POKE: Poke = {
  all: false,
  steps: [{ scope: 'main', after: null, to: { epoch: 'e', seq: 1, tag: 't' }, changes: { product: 'ü' } }],
};
const poked = `data: ${JSON.stringify({ json: POKE })}\n\n`;

/** Opens a stream with a transport. `ended` resolves with what it ended with. */
function listen(url: string, token: string | (() => string) = 'secret') {
  const pokes: Poke[] = [];
  let open = { close: () => {} };
  const ended = new Promise<Error | null>((resolve) => {
    const listener = { poke: (poke: Poke) => void pokes.push(poke), ended: resolve };
    open = createTrpcTransport({ url, token }).changes({ datastores: { product: 3 } }, listener);
  });
  return { pokes, ended, close: () => open.close() };
}

test('it asks for its datastores with the token in a header, and hears every poke, wherever the bytes are cut', async () => {
  const asked: { url?: string | undefined; authorization?: string | undefined }[] = [];
  await using server = await serve((request, response) => {
    asked.push({ url: request.url, authorization: request.headers.authorization });
    stream(response).write('event: connected\ndata: {}\n\nevent: ping\ndata: \n\n');
    const bytes = Buffer.from(poked.repeat(3));
    for (let at = 0; at < bytes.length; at += 7) response.write(bytes.subarray(at, at + 7));
    response.end('event: return\ndata: \n\n');
  });
  const heard = listen(server.url);
  expect(await heard.ended).toBeNull();
  expect(heard.pokes).toEqual([POKE, POKE, POKE]);
  const input = new URL(asked[0]?.url ?? '', server.url).searchParams.get('input');
  expect(JSON.parse(input ?? '')).toEqual({ json: { protocol: 1, datastores: { product: 3 } } });
  expect(asked).toMatchObject([{ authorization: 'Bearer secret' }]);
  expect(asked[0]?.url).not.toContain('secret');
});

test('each stream begins with a fresh token', async () => {
  const tokens: (string | undefined)[] = [];
  await using server = await serve((request, response) => {
    tokens.push(request.headers.authorization);
    stream(response).end('event: return\ndata: \n\n');
  });
  let number = 0;
  const fresh = () => {
    number += 1;
    return `token-${number}`;
  };
  await listen(server.url, fresh).ended;
  await listen(server.url, fresh).ended;
  expect(tokens).toEqual(['Bearer token-1', 'Bearer token-2']);
});

test.each<[string, (response: ServerResponse) => void, string]>([
  ['breaks off', (response) => stream(response).write(poked, () => response.destroy()), 'SERVER_UNREACHABLE'],
  ['ends without a word', (response) => stream(response).end(poked), 'SERVER_UNREACHABLE'],
  [
    'is answered with 503 by something in between',
    (response) => response.writeHead(503).end('<html>'),
    'SERVER_UNREACHABLE',
  ],
  ['is answered with 404', (response) => response.writeHead(404).end(), 'REQUEST_INVALID'],
  [
    'is refused by the server',
    (response) =>
      response.writeHead(429).end(
        JSON.stringify({
          error: { json: { data: { error: { code: 'SERVER_BUSY', message: 'm', remedy: 'r', retryable: true } } } },
        }),
      ),
    'SERVER_BUSY',
  ],
  [
    'is told why it ends',
    (response) =>
      stream(response).end(
        `event: serialized-error\ndata: ${JSON.stringify({ json: { data: { error: { code: 'TOKEN_EXPIRED', message: 'm', remedy: 'r', retryable: false } } } })}\n\n`,
      ),
    'TOKEN_EXPIRED',
  ],
  ['holds something that is no JSON', (response) => stream(response).write('data: {\n\n'), 'SERVER_UNREACHABLE'],
  [
    'holds an event without end',
    (response) => void stream(response).write(`data: ${'x'.repeat(5_000_000)}`),
    'SERVER_UNREACHABLE',
  ],
])('a stream that %s ends with the error that says so', async (_what, handle, code) => {
  await using server = await serve((_request, response) => void handle(response));
  expect(await listen(server.url).ended).toMatchObject({ code });
});

test('what is no poke is passed over', async () => {
  await using server = await serve((_request, response) => {
    stream(response).end(`data: {"json":{"heads":{}}}\n\nevent: news\ndata: {}\n\n${poked}event: return\ndata: \n\n`);
  });
  const heard = listen(server.url);
  expect(await heard.ended).toBeNull();
  expect(heard.pokes).toHaveLength(1);
});

test('nobody there is an outage', async () => {
  expect(await listen('http://127.0.0.1:1/trpc').ended).toMatchObject({ code: 'SERVER_UNREACHABLE', retryable: true });
});

test('closed here, it ends without a word, also there', async () => {
  let left = false;
  await using server = await serve((_request, response) => {
    response.on('close', () => {
      left = true;
    });
    stream(response).write(poked);
  });
  const heard = listen(server.url);
  await expect.poll(() => heard.pokes.length).toBe(1);
  let ended = false;
  void heard.ended.then(() => {
    ended = true;
  });
  heard.close();
  await expect.poll(() => left).toBe(true);
  expect(ended).toBe(false);
});

test('a stream that falls silent is given up, also where it never began; pings keep it', async () => {
  vi.useFakeTimers();
  const chunks: (() => void)[] = [];
  const results: (Error | null)[] = [];
  const open = (answers: boolean) =>
    openEventStream({
      url: 'http://server.test/',
      http: {
        request: () =>
          answers
            ? Promise.resolve({ status: 200, text: async () => '', chunks: () => pings(chunks) })
            : new Promise(() => {}),
      },
      headers: async () => ({}),
      event: () => true,
      ended: (error) => void results.push(error),
    });
  open(false);
  await vi.advanceTimersByTimeAsync(STREAM_SILENCE_MS - 1);
  expect(results).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(results).toMatchObject([{ code: 'SERVER_UNREACHABLE' }]);

  open(true);
  for (let time = 0; time < 10; time += 1) {
    await vi.advanceTimersByTimeAsync(15_000);
    chunks.shift()?.();
    await vi.advanceTimersByTimeAsync(0);
  }
  expect(results).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(STREAM_SILENCE_MS);
  expect(results).toHaveLength(2);
});

/** A ping each time that one is let go. */
async function* pings(waiting: (() => void)[]): AsyncGenerator<Uint8Array> {
  for (;;) {
    await new Promise<void>((resolve) => waiting.push(resolve));
    yield new TextEncoder().encode('event: ping\ndata: \n\n');
  }
}
