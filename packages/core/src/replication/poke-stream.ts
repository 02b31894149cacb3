import { isPoke } from '../protocol/answer-guards.ts';
import type { ChangesRequest } from '../protocol/changes.ts';
import { messageOf, writeMessage } from '../protocol/plain-message.ts';
import { errorOf, toDatastoreError } from './answer.ts';
import { openEventStream } from './event-stream.ts';
import type { HttpCallsOptions } from './http-call.ts';
import type { ChangesListener } from './transport.ts';

/**
 * Subscribes to pokes over server-sent events, in the form of tRPC's `httpSubscriptionLink`. That one reopens a stream with
 * the token it began with, while this one ends with the reason, so that whoever opens the next asks for a fresh token.
 */
export function openPokeStream(
  options: Omit<HttpCallsOptions, 'timeoutMs'>,
  request: ChangesRequest,
  listener: ChangesListener,
): { close(): void } {
  let failure: Error | null = null;
  return openEventStream({
    ...options,
    url: `${options.url}/changes?input=${encodeURIComponent(writeMessage(request))}`,
    event: (name, data) => {
      if (name === 'message') {
        const poke = messageOf(JSON.parse(data));
        // Something that is no poke is passed over: what it may have said is pulled sooner or later.
        if (isPoke(poke)) listener.poke(poke);
      }
      if (name === 'serialized-error') failure = streamError(data);
      return name !== 'serialized-error' && name !== 'return';
    },
    ended: (error) => listener.ended(error ?? failure),
  });
}

function streamError(data: string): Error {
  return errorOf({ error: JSON.parse(data) }) ?? toDatastoreError(new Error('the stream failed'));
}
