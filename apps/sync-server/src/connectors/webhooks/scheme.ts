import type { JsonValue } from '@datastores/core/schema';
import type { Context, Inbound } from '../connector.ts';

/** How a sender signs its webhooks and where in them it says what happened. */
export interface WebhookScheme {
  /**
   * The events of a call whose signature is right. Throws SIGNATURE_INVALID, which says the same whatever is wrong, and
   * REQUEST_INVALID for a body that is signed and cannot be read.
   */
  open(request: Inbound, context: Pick<Context, 'now' | 'log'>): readonly WebhookEvent[];
}

/** What a sender says happened. */
export interface WebhookEvent {
  /** The same over all repeats of the sender; null where it gives none. */
  readonly id: string | null;
  /** Kind of event, e.g. `products/update`; null where the sender does not say it outside the body. */
  readonly type: string | null;
  /** Who says so, e.g. the domain of a shop; null where the sender does not say it outside the body. */
  readonly source: string | null;
  /** What it is about, of a CloudEvent. */
  readonly subject: string | null;
  /** By lower-case name. Most schemes do not sign them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body or, of a CloudEvent, its data. */
  readonly data: JsonValue;
}
