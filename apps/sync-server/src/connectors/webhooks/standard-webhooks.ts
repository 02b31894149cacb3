import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';
import type { Inbound } from '../connector.ts';
import { decodeSignature, MAX_SIGNATURES, matchesHmac } from './digest.ts';
import { milliseconds, parseScheme, text } from './option-parts.ts';
import { readJson } from './read-json.ts';
import { refused } from './refuse.ts';
import { isTimely, TOLERANCE_MS } from './replay-window.ts';
import type { WebhookScheme } from './scheme.ts';

/** Options of {@link standardWebhooks}. */
export type StandardWebhooksOptions = z.input<typeof schema>;

const SECRET = 'whsec_';
const PUBLIC_KEY = 'whpk_';

const schema = z.strictObject({
  /** `whsec_…` (HMAC-SHA256) or `whpk_…` (the public key of Ed25519). Several while a secret is changed. */
  secrets: z
    .array(text.refine(isSecret, `must be ${SECRET} or ${PUBLIC_KEY} with base64 behind it`))
    .min(1, 'give at least one secret')
    .max(8, 'give at most 8 secrets'),
  /** How far the time of a call may be from now. Default 5 minutes. */
  toleranceMs: milliseconds.default(TOLERANCE_MS),
  /** What the names of the three headers begin with. Default `webhook-`. */
  headerPrefix: text.toLowerCase().default('webhook-'),
});

/**
 * Standard Webhooks: id and time are signed with the body, by HMAC-SHA256 (`v1`) or Ed25519 (`v1a`). Throws CONFIG_INVALID
 * for a secret that is none.
 */
export function standardWebhooks(options: StandardWebhooksOptions): WebhookScheme {
  const { secrets, toleranceMs, headerPrefix } = parseScheme('standardWebhooks', schema, options);
  const shared = secrets.filter((one) => !one.startsWith(PUBLIC_KEY)).map(bytesOf);
  const keys = secrets.filter((one) => one.startsWith(PUBLIC_KEY)).map(publicKey);

  const isSigned = ({ headers, body }: Inbound, id: string, time: string): boolean => {
    const listed = (headers[`${headerPrefix}signature`] ?? '').split(/[ ,]+(?=v1a?,)/).slice(0, MAX_SIGNATURES);
    const given = (version: string) =>
      listed
        .filter((one) => one.startsWith(`${version},`))
        .map((one) => decodeSignature(one.slice(version.length + 1), 'base64'));
    const signed = [`${id}.${time}.`, body];
    if (matchesHmac({ algorithm: 'sha256', secrets: shared, signed, signatures: given('v1') })) return true;
    const whole = Buffer.concat([Buffer.from(`${id}.${time}.`), body]);
    return given('v1a').some((signature) => keys.some((key) => verify(null, whole, key, signature)));
  };

  return {
    open(request, context) {
      const { headers, body } = request;
      const id = headers[`${headerPrefix}id`];
      const time = headers[`${headerPrefix}timestamp`];
      if (!id || time === undefined) throw refused(context, 'A header of Standard Webhooks is missing.');
      if (!isSigned(request, id, time)) throw refused(context, 'No signature is that of a secret.');
      if (!isTimely(time, { now: context.now(), toleranceMs })) throw refused(context, 'It is too old or too new.');
      return [{ id, type: null, source: null, subject: null, headers, data: readJson(body) }];
    },
  };
}

function isSecret(secret: string): boolean {
  const bytes = bytesOf(secret);
  if (!/^[\w+/=-]+$/.test(secret)) return false;
  return secret.startsWith(PUBLIC_KEY) ? bytes.length === 32 : bytes.length >= 16;
}

function bytesOf(secret: string): Uint8Array {
  return Buffer.from(secret.replace(/^wh(?:sec|pk)_/, ''), 'base64');
}

function publicKey(secret: string): KeyObject {
  const x = Buffer.from(bytesOf(secret)).toString('base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
}
