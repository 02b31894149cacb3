import { createHmac, type KeyObject, sign } from 'node:crypto';

/** A call as a sender makes it. */
export interface SignedWebhook {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a call of Standard Webhooks is made of. */
export interface StandardCall {
  readonly id?: string;
  readonly body: string;
  /** When the sender signs it, milliseconds since 1970. */
  readonly at: number;
  /** Signed with each: `whsec_…`, or a private key of Ed25519. */
  readonly secrets: readonly (string | KeyObject)[];
}

/** Signs as the specification of Standard Webhooks says. */
export function standardCall({ id = 'msg_1', body, at, secrets }: StandardCall): SignedWebhook {
  const time = String(Math.floor(at / 1_000));
  const signed = `${id}.${time}.${body}`;
  const signatures = secrets.map((secret) =>
    typeof secret === 'string'
      ? `v1,${createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
          .update(signed)
          .digest('base64')}`
      : `v1a,${sign(null, Buffer.from(signed), secret).toString('base64')}`,
  );
  return {
    headers: { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures.join(' ') },
    body,
  };
}

/** Signs as Shopify does: the body alone. */
export function shopifyCall(options: { secret: string; body: string; id?: string; topic?: string }): SignedWebhook {
  const { secret, body, id = 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043', topic = 'products/update' } = options;
  return {
    headers: {
      'x-shopify-hmac-sha256': createHmac('sha256', secret).update(body).digest('base64'),
      'x-shopify-webhook-id': id,
      'x-shopify-topic': topic,
      'x-shopify-shop-domain': 'johns-apparel.myshopify.com',
    },
    body,
  };
}
