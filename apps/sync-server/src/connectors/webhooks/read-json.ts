import { DatastoreError } from '@datastores/core';
import type { JsonValue } from '@datastores/core/schema';

/** The JSON in a body whose signature is right. An empty body is null. Throws REQUEST_INVALID for what is no JSON. */
export function readJson(body: Uint8Array): JsonValue {
  if (body.length === 0) return null;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as JsonValue;
  } catch (cause) {
    throw new DatastoreError('REQUEST_INVALID', 'The body of the webhook is no JSON.', {
      cause,
      remedy: 'Have the sender send JSON.',
    });
  }
}
