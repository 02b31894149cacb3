import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { sendWebhooks, type WebhookEvent, webhookCalls } from './webhook-sender.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const EVENTS = ['1', '2', '3', '4'].map(
  (key, at): WebhookEvent => ({ type: 'item.changed', key, at: new Date(1_700_000_000_000 + at * 1_000) }),
);
const keysOf = (calls: ReturnType<typeof webhookCalls>) =>
  calls.map(({ body }) => (JSON.parse(body) as { data: { id: string } }).data.id).join('');

test('calls come doubled, reversed and late as they are told to', () => {
  expect(keysOf(webhookCalls(SECRET, EVENTS))).toBe('1234');
  expect(keysOf(webhookCalls(SECRET, EVENTS, { copies: 2 }))).toBe('11223344');
  expect(keysOf(webhookCalls(SECRET, EVENTS, { reversed: true }))).toBe('4321');
  expect(keysOf(webhookCalls(SECRET, EVENTS, { late: 2 }))).toBe('3412');
});

test('a copy has the id and the signature of its first, and no two events share them', () => {
  const calls = webhookCalls(SECRET, EVENTS, { copies: 2 });
  expect(new Set(calls.map(({ headers }) => headers['webhook-id'])).size).toBe(4);
  expect(new Set(calls.map(({ headers }) => headers['webhook-signature'])).size).toBe(4);
  for (const { headers } of calls) expect(headers['webhook-signature']).toMatch(/^v1,[\w+/]{43}=$/);
});

test('calls are made over HTTP in their order', async () => {
  const got: string[] = [];
  const server = createServer((request, response) => {
    got.push(String(request.headers['webhook-id']));
    response.writeHead(got.length === 2 ? 503 : 202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const calls = webhookCalls(SECRET, EVENTS.slice(0, 3));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    expect(await sendWebhooks(url, calls)).toEqual([202, 503, 202]);
    expect(got).toEqual(calls.map(({ headers }) => headers['webhook-id']));
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
