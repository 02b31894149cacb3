import { createHmac, randomUUID } from 'node:crypto';

/** One event of a system, as it happened. */
export interface WebhookEvent {
  readonly type: 'item.created' | 'item.changed' | 'item.deleted';
  readonly key: string;
  readonly at: Date;
}

/** A call of a sender, ready to be made. */
export interface WebhookCall {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How a sender goes wrong; the same number gives the same order. */
export interface SenderTraps {
  /** Each call comes so many times. */
  readonly copies?: number;
  /** Calls come in the reverse order of what happened. */
  readonly reversed?: boolean;
  /** So many of the oldest calls come behind all others. */
  readonly late?: number;
}

/** The calls for events in the order they are made, signed as Standard Webhooks says: `whsec_` and base64 is the secret. */
export function webhookCalls(
  secret: string,
  events: readonly WebhookEvent[],
  traps: SenderTraps = {},
): readonly WebhookCall[] {
  const { copies = 1, reversed = false, late = 0 } = traps;
  const signed = events.map((event) => signedCall(secret, event));
  const ordered = [...signed.slice(late), ...signed.slice(0, late)];
  return (reversed ? ordered.toReversed() : ordered).flatMap((call) => Array.from({ length: copies }, () => call));
}

/** Makes the calls one after the other; returns their statuses. */
export async function sendWebhooks(url: string, calls: readonly WebhookCall[]): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (const { headers, body } of calls) {
    const response = await fetch(url, { method: 'POST', headers: { ...headers }, body });
    await response.body?.cancel();
    statuses.push(response.status);
  }
  return statuses;
}

function signedCall(secret: string, { type, key, at }: WebhookEvent): WebhookCall {
  const id = `msg_${randomUUID()}`;
  const timestamp = String(Math.floor(at.getTime() / 1_000));
  const body = JSON.stringify({ type, timestamp: at.toISOString(), data: { id: key } });
  const bytes = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', bytes).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  };
}
