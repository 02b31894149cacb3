import { gzipSync } from 'node:zlib';
import { MAX_BODY_BYTES, PROTOCOL_VERSION } from '@datastores/core/protocol';
import { expect, test } from 'vitest';
import { startServer, tokenFor } from './test-server.ts';

const header = { protocol: PROTOCOL_VERSION, datastore: 'product', schemaVersion: 0 };
const pullAll = { ...header, checkpoint: null, maxRows: 100, maxBytes: 100_000 };

/** A push of a product with a description of so many characters. */
function pushOf(length: number) {
  const doc = { id: 'p1', sku: 'A-1', name: 'Nail', status: 'active', description: 'long '.repeat(length / 5) };
  const changed = Object.keys(doc).filter((field) => field !== 'id');
  const rows = JSON.stringify([{ id: doc.id, base: null, edit: 1, changed, was: {}, doc }]);
  return { ...header, replica: 'replica-till', checkpoint: null, rows };
}

/** Sends a body as it is. Answers with the headers, and the body unpacked where it says that it is packed. */
async function send(
  at: Awaited<ReturnType<typeof startServer>>,
  path: string,
  given: { readonly body: string | Buffer; readonly headers?: Record<string, string> },
) {
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${await tokenFor()}`,
    'accept-encoding': 'identity',
    ...given.headers,
  };
  const response = await fetch(`${at.url}/trpc/${path}`, { method: 'POST', headers, body: given.body as BodyInit });
  return { status: response.status, headers: response.headers, answer: JSON.parse(await response.text()) };
}

const message = (value: unknown) => JSON.stringify({ json: value });
const packed = { 'content-encoding': 'gzip' };

test('a packed request is read, and the server says beforehand that it can', async () => {
  await using at = await startServer();
  const { encodings } = await at.client(null).info.query();
  expect(encodings).toEqual(['gzip']);
  const body = gzipSync(message(pushOf(50_000)));
  expect(body.length).toBeLessThan(2_000);
  const { status, answer } = await send(at, 'push', { body, headers: packed });
  expect(status).toBe(200);
  expect(answer.result.data.json.outcomes).toMatchObject([{ is: 'accepted', id: 'p1' }]);
});

test.each([
  ['gzip', 'gzip'],
  ['br;q=1.0, gzip;q=0.8, *;q=0.1', 'gzip'],
  ['*', 'gzip'],
  ['identity', null],
  ['br', null],
  ['gzip;q=0', null],
  ['gzip; q=0.0, identity', null],
])('a long answer to "accept-encoding: %s" is packed in: %s', async (accepted, encoding) => {
  await using at = await startServer();
  await send(at, 'push', { body: message(pushOf(50_000)) });
  const { headers, answer } = await send(at, 'pull', {
    body: message(pullAll),
    headers: { 'accept-encoding': accepted },
  });
  expect(headers.get('content-encoding')).toBe(encoding);
  expect(headers.get('vary')).toContain('accept-encoding');
  expect(answer.result.data.json.documents).toContain('long long long');
  if (encoding !== null) expect(Number(headers.get('content-length'))).toBeLessThan(5_000);
});

test('a short answer is not packed', async () => {
  await using at = await startServer();
  const { headers } = await send(at, 'pull', { body: message(pullAll), headers: { 'accept-encoding': 'gzip' } });
  expect(headers.get('content-encoding')).toBeNull();
});

test('a small body that unpacks to more than the limit is given up there, and the server goes on', async () => {
  await using at = await startServer();
  const bomb = gzipSync(Buffer.alloc(200_000_000, 'x'));
  expect(bomb.length).toBeLessThan(MAX_BODY_BYTES);
  const before = process.memoryUsage.rss();
  const started = performance.now();
  const { status, answer } = await send(at, 'push', { body: bomb, headers: packed });
  expect(status).toBe(413);
  expect(answer.error.json.data.error).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', retryable: true });
  expect(performance.now() - started).toBeLessThan(5_000);
  expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 1024 * 1024);
  expect((await send(at, 'push', { body: gzipSync(message(pushOf(50))), headers: packed })).status).toBe(200);
});

test.each<[string, Buffer, Record<string, string>, number]>([
  ['that is not packed at all', Buffer.from(message(pullAll)), packed, 400],
  ['that breaks off', gzipSync(message(pushOf(50_000))).subarray(0, 300), packed, 400],
  ['in an encoding that nobody speaks', Buffer.from('x'), { 'content-encoding': 'rot13' }, 415],
  ['that unpacks to nonsense', gzipSync('{'), packed, 400],
])('a body %s is refused in words', async (...[, body, headers, status]) => {
  await using at = await startServer();
  const refused = await send(at, 'push', { body, headers });
  expect(refused.status).toBe(status);
  expect(refused.answer.error.json.data.error).toMatchObject({ code: 'REQUEST_INVALID', retryable: false });
});

test('a stream of pokes is never packed: nothing on the way may hold an event back', async () => {
  await using at = await startServer();
  const input = encodeURIComponent(message({ protocol: PROTOCOL_VERSION, datastores: { product: 0 } }));
  const abort = new AbortController();
  const response = await fetch(`${at.url}/trpc/changes?input=${input}`, {
    headers: { authorization: `Bearer ${await tokenFor()}`, 'accept-encoding': 'gzip' },
    signal: abort.signal,
  });
  expect(response.headers.get('content-encoding')).toBeNull();
  expect(response.headers.get('cache-control')).toBe('no-cache, no-transform');
  abort.abort();
});
