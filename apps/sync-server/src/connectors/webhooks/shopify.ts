import { z } from 'zod';
import { hmacSignature } from './hmac-signature.ts';
import { parseScheme, secretList } from './option-parts.ts';
import type { WebhookScheme } from './scheme.ts';

/** Options of {@link shopify}. */
export type ShopifyOptions = z.input<typeof schema>;

const schema = z.strictObject({
  /** The client secret of the app; while it is changed, also the one before. */
  secrets: secretList,
});

/**
 * Webhooks of Shopify: `type` is the topic, `source` the domain of the shop. The body alone is signed and no time is, so
 * an old call can be sent again; its records are then read once more. Throws CONFIG_INVALID.
 */
export function shopify(options: ShopifyOptions): WebhookScheme {
  const { secrets } = parseScheme('shopify', schema, options);
  return hmacSignature({
    secrets,
    header: 'x-shopify-hmac-sha256',
    encoding: 'base64',
    idHeader: 'x-shopify-webhook-id',
    typeHeader: 'x-shopify-topic',
    sourceHeader: 'x-shopify-shop-domain',
  });
}
