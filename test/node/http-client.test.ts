import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createHttpClient } from '../../packages/node/src/http-client.ts';

const never = new AbortController().signal;

/** An HTTP server that answers as told, and counts its connections. */
async function serve(handle: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void) {
  const sockets: Socket[] = [];
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    handle(request, response, Buffer.concat(chunks));
  });
  server.on('connection', (socket: Socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function clientOf(compression = false) {
  const http = createHttpClient({ compression });
  return { http, [Symbol.dispose]: () => http.close?.() };
}

const post = { method: 'POST', headers: { 'x-test': 'yes' }, signal: never } as const;

test('bodies go there and come back whole, and a connection serves one request after the other', async () => {
  await using server = await serve((request, response, body) => {
    response.end(`${request.method} ${request.headers['x-test']} ${request.headers['content-length']} ${body}`);
  });
  using client = clientOf();
  const text = 'ü'.repeat(300_000);
  for (let time = 0; time < 3; time += 1) {
    const { status, text: read } = await client.http.request(server.url, { ...post, body: text });
    expect(status).toBe(200);
    expect(await read()).toBe(`POST yes 600000 ${text}`);
  }
  expect(server.sockets).toHaveLength(1);
});

test('an answer with any status is an answer', async () => {
  await using server = await serve((_request, response) => response.writeHead(503).end('busy'));
  using client = clientOf();
  const response = await client.http.request(server.url, { ...post, body: '' });
  expect([response.status, await response.text()]).toEqual([503, 'busy']);
});

test('packed answers are asked for and unpacked, and long requests packed, only with compression', async () => {
  await using server = await serve((request, response, body) => {
    const text = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    if (request.headers['accept-encoding'] !== 'gzip') return response.end(text);
    return response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(text));
  });
  using plain = clientOf(false);
  using packing = clientOf(true);
  const text = 'again and '.repeat(10_000);
  expect(plain.http.gzip).toBeUndefined();
  expect(await (await plain.http.request(server.url, { ...post, body: text })).text()).toBe(text);
  const body = await packing.http.gzip?.(text);
  expect(body?.length).toBeLessThan(text.length / 50);
  const headers = { 'content-encoding': 'gzip' };
  const response = await packing.http.request(server.url, { ...post, headers, body: body as Uint8Array });
  expect(await response.text()).toBe(text);
});

test('a connection that the server let go of while it was idle costs no request', async () => {
  let requests = 0;
  await using server = await serve((_request, response) => {
    requests += 1;
    response.end(`${requests}`);
  });
  using client = clientOf();
  const ask = async () => (await client.http.request(server.url, { ...post, body: 'x' })).text();
  expect(await ask()).toBe('1');
  // What the client has not heard of yet when it sends.
  server.sockets[0]?.resetAndDestroy();
  expect(await ask()).toBe('2');
});

test('nobody there, an answer that breaks off, and an abort are failures', async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('half');
    setTimeout(() => response.destroy(), 20);
  });
  using client = clientOf();
  const response = await client.http.request(server.url, { ...post, body: 'x' });
  await expect(response.text()).rejects.toThrow();
  await expect(client.http.request('http://127.0.0.1:1/', { ...post, body: 'x' })).rejects.toThrow('ECONNREFUSED');
  const abort = new AbortController();
  const aborted = client.http.request(server.url, { ...post, body: 'x', signal: abort.signal });
  abort.abort();
  await expect(aborted).rejects.toThrow(/abort/);
});

test('a packed answer that breaks off is a failure too', async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' }).write(gzipSync('x'.repeat(100_000)).subarray(0, 50));
    setTimeout(() => response.destroy(), 20);
  });
  using client = clientOf(true);
  const response = await client.http.request(server.url, { ...post, body: 'x' });
  await expect(response.text()).rejects.toThrow();
});

test('a stream is read piece by piece as it comes, and closing it reaches the server', async () => {
  let closed = false;
  await using server = await serve((request, response) => {
    request.socket.on('close', () => {
      closed = true;
    });
    response.writeHead(200);
    for (const word of ['one', 'two', 'three']) setTimeout(() => response.write(word), word.length * 10);
  });
  using client = clientOf(true);
  const abort = new AbortController();
  const { chunks } = await client.http.request(server.url, { method: 'GET', headers: {}, signal: abort.signal });
  const pieces: string[] = [];
  const reading = (async () => {
    for await (const chunk of chunks()) {
      pieces.push(new TextDecoder().decode(chunk));
      if (pieces.join('').length === 11) abort.abort();
    }
  })();
  await expect(reading).rejects.toThrow(/abort/);
  expect(pieces.join('')).toBe('onetwothree');
  await expect.poll(() => closed).toBe(true);
});
