import { cloudEvents, hmacSignature, shopify, standardWebhooks, webhooks } from '@datastores/sync-server/webhooks';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createNastySystem } from '../../support/nasty-system.ts';
import { startServer } from './test-server.ts';

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const SCHEMES = {
  standard: standardWebhooks({ secrets: [SECRET] }),
  shop: shopify({ secrets: ['s'] }),
  events: cloudEvents({ signature: standardWebhooks({ secrets: [SECRET] }) }),
  hmac: hmacSignature({ secrets: ['s'], header: 'x-signature', timestamp: { header: 'x-time' } }),
};

const HEADERS = [
  'webhook-id',
  'webhook-timestamp',
  'webhook-signature',
  'x-shopify-hmac-sha256',
  'x-signature',
  'x-time',
  'ce-id',
  'content-type',
];
const value = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'v1a,=+/ .0123456789abcXYZ%"\t'), maxLength: 200 }),
  fc.constantFrom('v1,', 'v1a,AAAA', 'v1,=,v1,=', '-1', '1e9', '999999999999999', 'application/cloudevents+json'),
);
const call = fc.record({
  system: fc.oneof(fc.constantFrom(...Object.keys(SCHEMES)), fc.string({ maxLength: 40 })),
  headers: fc.dictionary(fc.constantFrom(...HEADERS), value),
  body: fc.oneof(fc.uint8Array({ maxLength: 500 }), fc.json().map(Buffer.from)),
});

test('nothing that is not signed is taken, whatever it looks like, and nothing makes the server fail', async () => {
  const { connector } = createNastySystem();
  const systems = Object.entries(SCHEMES).map(([name, scheme]) => {
    return [name, { connector: webhooks({ connector, scheme, notices: () => [{ stream: 'items', keys: ['a1'] }] }) }];
  });
  await using at = await startServer({ systems: Object.fromEntries(systems) });
  await fc.assert(
    fc.asyncProperty(call, async ({ system, headers, body }) => {
      const url = `${at.url}/hooks/${encodeURIComponent(system)}`;
      const answer = await fetch(url, { method: 'POST', headers, body: Buffer.from(body) });
      expect([400, 401, 404, 415]).toContain(answer.status);
      expect(await answer.json()).toMatchObject({ error: { code: expect.any(String), remedy: expect.any(String) } });
    }),
    { numRuns: 300 },
  );
  expect((await fetch(`${at.url}/livez`)).status).toBe(200);
});
