import { createHash } from 'node:crypto';
import { DatastoreError } from '@datastores/core';
import type { JsonObject, JsonValue } from '@datastores/core/schema';
import type { WebhookEvent, WebhookScheme } from './scheme.ts';

/** Options of {@link cloudEvents}. */
export interface CloudEventsOptions {
  /** How the call is signed, e.g. `standardWebhooks({ … })` or `hmacSignature({ … })`: CloudEvents leave it open. */
  readonly signature: WebhookScheme;
}

/**
 * CloudEvents 1.0 over HTTP with JSON: in the headers (binary), as one object (structured), or as a list of them (batched).
 * In binary mode most signatures cover the data only, not the attributes.
 */
export function cloudEvents({ signature }: CloudEventsOptions): WebhookScheme {
  return {
    open(request, context) {
      const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase();
      return signature.open(request, context).flatMap((signed) => {
        if (type === 'application/cloudevents-batch+json')
          return listOf(signed.data).map((one) => fromObject(signed, one));
        if (type === 'application/cloudevents+json') return fromObject(signed, signed.data);
        return fromHeaders(signed);
      });
    },
  };
}

function fromHeaders(signed: WebhookEvent): WebhookEvent {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(signed.headers)) {
    if (name.startsWith('ce-')) attributes[name.slice('ce-'.length)] = decoded(value);
  }
  return { ...signed, ...checked(attributes) };
}

function fromObject(signed: WebhookEvent, event: JsonValue): WebhookEvent {
  if (event === null || typeof event !== 'object' || Array.isArray(event)) throw unreadable('An event is no object.');
  const object = event as JsonObject;
  return { ...signed, ...checked(object), data: object['data'] ?? null };
}

function listOf(events: JsonValue): readonly JsonValue[] {
  if (!Array.isArray(events)) throw unreadable('The batch is no list.');
  return events;
}

function checked(attributes: Readonly<Record<string, unknown>>) {
  const { specversion, id, source, type, subject = null } = attributes;
  if (typeof specversion !== 'string' || !specversion.startsWith('1.')) throw unreadable('The specversion is not 1.x.');
  for (const [name, value] of Object.entries({ id, source, type })) {
    if (typeof value !== 'string' || value === '') throw unreadable(`The attribute "${name}" is missing.`);
  }
  if (subject !== null && typeof subject !== 'string') throw unreadable('The subject is no text.');
  // An id is the sender's own only together with its source.
  const unique = JSON.stringify([source, id]);
  return {
    id: unique.length <= LONGEST_ID ? unique : createHash('sha256').update(unique).digest('hex'),
    source: source as string,
    type: type as string,
    subject,
  };
}

const LONGEST_ID = 300;

/** Values of headers are percent-encoded where they hold more than plain ASCII. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function unreadable(reason: string): DatastoreError {
  return new DatastoreError('REQUEST_INVALID', `It is no CloudEvent: ${reason}`, {
    remedy: 'Have the sender send CloudEvents 1.0 with JSON.',
  });
}
