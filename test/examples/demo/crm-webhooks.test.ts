import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createContext } from '@datastores/sync-server/conformance';
import { standardWebhooks, type WebhookEvent } from '@datastores/sync-server/webhooks';
import { expect, test, vi } from 'vitest';
import { createSample } from '../../../examples/demo/seed/sample.ts';
import { startCrm } from '../../../examples/demo/systems/crm/crm.ts';
import { temporaryFolder } from '../../support/folder.ts';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const within = { timeout: 10_000, interval: 50 };

test('the CRM tells its subscriber of every changed account, signed, and of none before', async () => {
  await using crm = await startSubscribed();
  await crm.change('C-10001', 'first');
  await crm.change('C-10002', 'second');
  await vi.waitFor(() => expect(crm.events).toHaveLength(2), within);
  expect(crm.events.map(({ data }) => data)).toMatchObject([
    { type: 'account.changed', data: { account_number: 'C-10001' } },
    { type: 'account.changed', data: { account_number: 'C-10002' } },
  ]);
});

test('an event that is not taken is sent again under its id, before those behind it', async () => {
  await using crm = await startSubscribed();
  crm.answerWith(503);
  await crm.change('C-10001', 'first');
  await vi.waitFor(() => expect(crm.events.length).toBeGreaterThan(1), within);
  await crm.change('C-10002', 'second');
  crm.answerWith(202);
  await vi.waitFor(() => expect(new Set(crm.events.map(({ id }) => id)).size).toBe(2), within);
  const [first] = crm.events;
  expect(crm.events.filter(({ id }) => id === first?.id)).toHaveLength(crm.events.length - 1);
});

test('a subscription that cannot be one is refused', async () => {
  await using crm = await startSubscribed();
  expect(await crm.subscribe('ftp://x', SECRET)).toBe(422);
  expect(await crm.subscribe('http://127.0.0.1:1', 'secret')).toBe(422);
});

async function startSubscribed() {
  const folder = temporaryFolder();
  const sample = () => createSample({ products: 2, customers: 5, orders: 2 });
  const crm = await startCrm(sample, { file: join(folder.path, 'crm.sqlite'), port: 0 });
  const events: WebhookEvent[] = [];
  const scheme = standardWebhooks({ secrets: [SECRET] });
  let status = 202;
  const subscriber = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = request.headers as Record<string, string>;
    // Throws if the signature is not right, and then nothing is answered.
    events.push(...scheme.open({ method: 'POST', path: '/', headers, body: Buffer.concat(chunks) }, createContext()));
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => subscriber.listen(0, '127.0.0.1', resolve));
  const send = async (method: string, path: string, body: object) => {
    const headers = { 'content-type': 'application/json' };
    return (await fetch(crm.url + path, { method, headers, body: JSON.stringify(body) })).status;
  };
  const subscribe = (url: string, secret: string) => send('PUT', '/api/webhook', { url, secret });
  await subscribe(`http://127.0.0.1:${(subscriber.address() as AddressInfo).port}/`, SECRET);
  return {
    events,
    subscribe,
    answerWith: (code: number) => {
      status = code;
    },
    change: (account: string, remarks: string) => send('PATCH', `/api/accounts/${account}`, { remarks }),
    async [Symbol.asyncDispose]() {
      await crm.close();
      subscriber.closeAllConnections();
      await new Promise((resolve) => subscriber.close(resolve));
      folder[Symbol.dispose]();
    },
  };
}
