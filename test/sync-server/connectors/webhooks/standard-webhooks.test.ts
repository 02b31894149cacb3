import { generateKeyPairSync } from 'node:crypto';
import { standardWebhooks } from '@datastores/sync-server/webhooks';
import { expect, test } from 'vitest';
import { type SignedWebhook, standardCall } from '../../../support/signed-webhook.ts';
import { opened, refusal } from './open.ts';

const NOW = 1_700_000_000_000;
const SECRET = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(24, 8).toString('base64')}`;
const body = '{"type":"product.updated","data":{"id":"a1"}}';
const call = standardCall({ body, at: NOW, secrets: [SECRET] });
const scheme = standardWebhooks({ secrets: [SECRET] });

test('a call signed with the secret is opened', () => {
  expect(opened(scheme, call, NOW)).toMatchObject([{ id: 'msg_1', data: JSON.parse(body) }]);
});

test('the published example of the specification is opened', () => {
  const published = {
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
  };
  const known = standardWebhooks({ secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] });
  expect(opened(known, published, 1_614_265_330_000)).toMatchObject([{ data: { test: 2_432_232_314 } }]);
});

test.each<[what: string, change: (call: SignedWebhook) => SignedWebhook, now?: number]>([
  ['another body', (from) => ({ ...from, body: from.body.replace('a1', 'a2') })],
  ['another id', (from) => withHeader(from, 'webhook-id', 'msg_2')],
  ['another time', (from) => withHeader(from, 'webhook-timestamp', String(NOW / 1_000 + 1))],
  ['no id', (from) => withHeader(from, 'webhook-id', '')],
  ['a time that is none', (from) => withHeader(from, 'webhook-timestamp', 'NaN')],
  ['no signature', (from) => withHeader(from, 'webhook-signature', '')],
  ['a signature cut short', (from) => withHeader(from, 'webhook-signature', 'v1,AAAA')],
  [
    'a signature of another version',
    (from) => withHeader(from, 'webhook-signature', signature(from).replace('v1', 'v2')),
  ],
  ['the secret of another', () => standardCall({ body, at: NOW, secrets: [OTHER] })],
  ['a time just too old', (from) => from, NOW + 5 * 60_000 + 1_000],
  ['a time just too new', (from) => from, NOW - 5 * 60_000 - 1_000],
])('a call with %s is refused, in the same words as any other', (_what, change, now = NOW) => {
  expect(refusal(scheme, change(call), now)).toEqual(refusal(scheme, withHeader(call, 'webhook-signature', 'x'), NOW));
  expect(refusal(scheme, change(call), now).code).toBe('SIGNATURE_INVALID');
});

test('while a secret is changed, both are good on both sides', () => {
  const rotating = standardWebhooks({ secrets: [OTHER, SECRET] });
  expect(opened(rotating, call, NOW)).toHaveLength(1);
  expect(opened(scheme, standardCall({ body, at: NOW, secrets: [OTHER, SECRET] }), NOW)).toHaveLength(1);
  expect(refusal(standardWebhooks({ secrets: [OTHER] }), call, NOW).code).toBe('SIGNATURE_INVALID');
});

test('a signature by Ed25519 is verified with the public key', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const asymmetric = standardWebhooks({ secrets: [`whpk_${raw.toString('base64')}`] });
  const signed = standardCall({ body, at: NOW, secrets: [SECRET, privateKey] });
  expect(opened(asymmetric, signed, NOW)).toHaveLength(1);
  expect(refusal(asymmetric, { ...signed, body: `${body} ` }, NOW).code).toBe('SIGNATURE_INVALID');
  expect(refusal(asymmetric, call, NOW).code).toBe('SIGNATURE_INVALID');
  // The bytes of the public key are no secret of HMAC.
  const forged = standardCall({ body, at: NOW, secrets: [`whsec_${raw.toString('base64')}`] });
  expect(refusal(asymmetric, forged, NOW).code).toBe('SIGNATURE_INVALID');
});

test('headers may begin otherwise', () => {
  const renamed = Object.entries(call.headers).map(([name, value]) => [name.replace('webhook-', 'svix-'), value]);
  const svix = standardWebhooks({ secrets: [SECRET], headerPrefix: 'svix-' });
  expect(opened(svix, { body, headers: Object.fromEntries(renamed) }, NOW)).toHaveLength(1);
});

test('a signed body that is no JSON is refused for what it is', () => {
  const signed = standardCall({ body: '{', at: NOW, secrets: [SECRET] });
  expect(refusal(scheme, signed, NOW).code).toBe('REQUEST_INVALID');
});

test.each([[[]], [['whsec_short']], [['whpk_AAAA']], [['not base64 at all!']]])(
  'the secrets %j are no secrets',
  (secrets) => {
    expect(() => standardWebhooks({ secrets })).toThrow(/CONFIG_INVALID: standardWebhooks: secrets/);
  },
);

function withHeader(from: SignedWebhook, name: string, value: string): SignedWebhook {
  return { ...from, headers: { ...from.headers, [name]: value } };
}

function signature({ headers }: SignedWebhook): string {
  return headers['webhook-signature'] ?? '';
}
