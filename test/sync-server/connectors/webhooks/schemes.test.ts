import { createHmac } from 'node:crypto';
import { cloudEvents, hmacSignature, shopify, standardWebhooks } from '@datastores/sync-server/webhooks';
import { expect, test } from 'vitest';
import { type SignedWebhook, shopifyCall, standardCall } from '../../../support/signed-webhook.ts';
import { opened, refusal } from './open.ts';

const NOW = 1_700_000_000_000;
const body = '{"id":7}';

test('a webhook of Shopify says topic, shop and id, and is good with the secret before as well', () => {
  const call = shopifyCall({ secret: 'old', body });
  const event = { type: 'products/update', source: 'johns-apparel.myshopify.com', data: { id: 7 } };
  expect(opened(shopify({ secrets: ['new', 'old'] }), call, NOW)).toMatchObject([event]);
  expect(opened(shopify({ secrets: ['old'] }), call, NOW)[0]?.id).toBe('b54557e4-bdd9-4b37-8a5f-bf7d70bcd043');
  expect(refusal(shopify({ secrets: ['new'] }), call, NOW).code).toBe('SIGNATURE_INVALID');
  expect(refusal(shopify({ secrets: ['old'] }), { ...call, body: '{"id":8}' }, NOW).code).toBe('SIGNATURE_INVALID');
});

test('the published example of GitHub has the right signature', () => {
  const github = hmacSignature({
    secrets: ["It's a Secret to Everybody"],
    header: 'X-Hub-Signature-256',
    prefix: 'sha256=',
    idHeader: 'X-GitHub-Delivery',
  });
  const signed = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  const call = (header: string): SignedWebhook => ({
    headers: { 'x-hub-signature-256': header },
    body: 'Hello, World!',
  });
  // Its body is no JSON, which is looked at only behind the signature.
  expect(refusal(github, call(`sha256=${signed}`), NOW).code).toBe('REQUEST_INVALID');
  expect(refusal(github, call(signed), NOW).code).toBe('SIGNATURE_INVALID');
  expect(refusal(github, call(`sha256=${signed.replace('7', '8')}`), NOW).code).toBe('SIGNATURE_INVALID');
  expect(refusal(github, call(`sha256=${signed.slice(2)}`), NOW).code).toBe('SIGNATURE_INVALID');
  expect(refusal(github, { headers: {}, body: 'Hello, World!' }, NOW).code).toBe('SIGNATURE_INVALID');
});

test('a signed time bounds how long a call can be sent again', () => {
  const scheme = hmacSignature({
    secrets: ['s3cret'],
    header: 'x-signature',
    algorithm: 'sha512',
    prefix: 'v0=',
    timestamp: { header: 'x-time', signed: 'v0:{timestamp}:{body}', unit: 'ms', toleranceMs: 1_000 },
  });
  const at = (time: string): SignedWebhook => {
    const signature = createHmac('sha512', 's3cret').update(`v0:${time}:${body}`).digest('hex');
    return { headers: { 'x-signature': `v0=${signature}`, 'x-time': time }, body };
  };
  expect(opened(scheme, at(String(NOW)), NOW + 1_000)).toHaveLength(1);
  expect(refusal(scheme, at(String(NOW)), NOW + 1_001).code).toBe('SIGNATURE_INVALID');
  const { headers } = at(String(NOW));
  const renewed = { body, headers: { ...headers, 'x-time': String(NOW + 5_000) } };
  expect(refusal(scheme, renewed, NOW + 5_000).code).toBe('SIGNATURE_INVALID');
  expect(refusal(scheme, { body, headers: { 'x-signature': headers['x-signature'] ?? '' } }, NOW).code).toBe(
    'SIGNATURE_INVALID',
  );
});

const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const events = cloudEvents({ signature: standardWebhooks({ secrets: [SECRET] }) });
const ATTRIBUTES = { specversion: '1.0', id: 'A-1', source: '/erp', type: 'item.changed', subject: 'items/7' };
const EVENT = { id: '["/erp","A-1"]', source: '/erp', type: 'item.changed', subject: 'items/7', data: { id: 7 } };

test('a CloudEvent is read from the headers', () => {
  const call = standardCall({ body, at: NOW, secrets: [SECRET] });
  const attributes = Object.entries({ ...ATTRIBUTES, subject: 'items%2F7' }).map(([name, value]) => [
    `ce-${name}`,
    value,
  ]);
  const headers = { ...call.headers, ...Object.fromEntries(attributes), 'content-type': 'application/json' };
  expect(opened(events, { ...call, headers }, NOW)).toMatchObject([EVENT]);
});

test('CloudEvents are read from one object and from a list', () => {
  const one = { ...ATTRIBUTES, data: { id: 7 } };
  expect(opened(events, structured(one, 'application/cloudevents+json; charset=utf-8'), NOW)).toMatchObject([EVENT]);
  const batch = [one, { ...one, id: 'A-2' }];
  expect(opened(events, structured(batch, 'application/cloudevents-batch+json'), NOW)).toMatchObject([
    EVENT,
    { ...EVENT, id: '["/erp","A-2"]' },
  ]);
});

test('an endless id is made short, and stays another than any other', () => {
  const [a, b] = ['a', 'b'].map((end) => structured({ ...ATTRIBUTES, id: 'x'.repeat(2_000) + end }));
  const ids = [a, b].flatMap((call) => (call ? opened(events, call, NOW).map(({ id }) => id) : []));
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) expect(id?.length).toBeLessThan(500);
});

test.each<[what: string, event: unknown]>([
  ['no object', []],
  ['null', null],
  ['without an id', { ...ATTRIBUTES, id: undefined }],
  ['with a number for an id', { ...ATTRIBUTES, id: 1 }],
  ['without a source', { ...ATTRIBUTES, source: '' }],
  ['of another version', { ...ATTRIBUTES, specversion: '0.3' }],
  ['with an object for a subject', { ...ATTRIBUTES, subject: {} }],
])('a CloudEvent %s is refused', (_what, event) => {
  expect(refusal(events, structured(event), NOW)).toMatchObject({
    code: 'REQUEST_INVALID',
    message: expect.stringContaining('no CloudEvent'),
  });
});

test('options that are none name the entry, and never a secret', () => {
  const wrong = { secrets: ['hush', ''], header: 'x', timestamp: { header: 't', signed: 'body' } };
  expect(() => hmacSignature(wrong)).toThrow(/secrets\.1.*timestamp\.signed/);
  expect(() => hmacSignature(wrong)).not.toThrow(/hush/);
});

function structured(event: unknown, type = 'application/cloudevents+json'): SignedWebhook {
  const call = standardCall({ body: JSON.stringify(event), at: NOW, secrets: [SECRET] });
  return { ...call, headers: { ...call.headers, 'content-type': type } };
}
