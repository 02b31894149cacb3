import { DatastoreError } from '@datastores/core';
import { around, type NamedKeys } from '../around.ts';
import type { Connector } from '../connector.ts';
import type { WebhookEvent, WebhookScheme } from './scheme.ts';

export { type CloudEventsOptions, cloudEvents } from './cloud-events.ts';
export { type HmacSignatureOptions, hmacSignature } from './hmac-signature.ts';
export type { WebhookEvent, WebhookScheme } from './scheme.ts';
export { type ShopifyOptions, shopify } from './shopify.ts';
export { type StandardWebhooksOptions, standardWebhooks } from './standard-webhooks.ts';

/** Webhooks in front of a connector. */
export interface WebhooksOptions {
  /** What the records are read from and written to. */
  readonly connector: Connector;
  readonly scheme: WebhookScheme;
  /**
   * Which records an event is about; none if it is of no interest. What the event says of them is not used: they are read
   * by their keys, so that an old, repeated or forged event changes nothing that is not so over there.
   */
  readonly notices: (event: WebhookEvent) => readonly NamedKeys[];
}

/**
 * Lets a system say by webhooks what changed: `POST /hooks/<system>` of the sync server. Everything else goes through the
 * connector. Throws CONFIG_INVALID for options that are none.
 */
export function webhooks({ connector, scheme, notices }: WebhooksOptions): Connector {
  const given = { 'connector.streams': connector?.streams, 'scheme.open': scheme?.open, notices };
  const missing = Object.entries(given).filter(([, value]) => !value);
  if (missing.length > 0) {
    throw new DatastoreError('CONFIG_INVALID', `webhooks: ${missing.map(([name]) => name).join(', ')} is missing.`, {
      remedy: 'Give a connector, a scheme such as standardWebhooks({ secrets }) and a function notices(event).',
    });
  }
  return around(connector, {
    kind: 'webhooks',
    receive: async (request, context) =>
      scheme.open(request, context).flatMap((event) => {
        const named = notices(event);
        return named.map(({ stream, keys }) => ({ id: event.id, stream, keys }));
      }),
  });
}
