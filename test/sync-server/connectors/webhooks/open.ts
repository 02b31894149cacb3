import { isDatastoreError } from '@datastores/core';
import type { WebhookEvent, WebhookScheme } from '@datastores/sync-server/webhooks';
import type { SignedWebhook } from '../../../support/signed-webhook.ts';

/** What a scheme makes of a call at a time. */
export function opened(scheme: WebhookScheme, call: SignedWebhook, now: number): readonly WebhookEvent[] {
  const request = { method: 'POST', path: '/hooks/erp', headers: call.headers, body: Buffer.from(call.body) };
  return scheme.open(request, { now: () => now, log: () => {} });
}

/** How a scheme refuses a call. */
export function refusal(scheme: WebhookScheme, call: SignedWebhook, now: number): { code: string; message: string } {
  try {
    opened(scheme, call, now);
  } catch (error) {
    if (isDatastoreError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error('It was not refused.');
}
