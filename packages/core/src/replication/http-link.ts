import { TRPCClientError, type TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import type { ReplicationRouter } from '../protocol/router.ts';
import { transformer } from '../protocol/transformer.ts';
import { errorOf, toDatastoreError } from './answer.ts';
import { openEventStream } from './event-stream.ts';
import { createHttpCalls, type HttpCallsOptions } from './http-call.ts';

/**
 * The link at the end of the tRPC client: calls over HTTP and subscriptions over server-sent events, in the form of tRPC's
 * own `httpLink` and `httpSubscriptionLink`. Those go through `fetch` and its streams, which takes longer than everything
 * else that is done for a call; and theirs reopens a stream with the token it began with, while this one ends with the
 * reason, so that whoever opens the next asks for a fresh token.
 */
export function createHttpLink(options: HttpCallsOptions): TRPCLink<ReplicationRouter> {
  const send = createHttpCalls(options);
  return () =>
    ({ op: { path, type, input, signal } }) =>
      observable((observer) => {
        const fail = (error: unknown) => observer.error(TRPCClientError.from(toDatastoreError(error)));
        if (type === 'subscription') {
          let failure: Error | null = null;
          const text = encodeURIComponent(JSON.stringify(transformer.serialize(input)));
          const stream = openEventStream({
            ...options,
            url: `${options.url}/${path}?input=${text}`,
            event: (name, data) => {
              if (name === 'message') observer.next({ result: { type: 'data', data: messageIn(data) } });
              if (name === 'serialized-error') failure = streamError(data);
              return name !== 'serialized-error' && name !== 'return';
            },
            ended: (error) => {
              const reason = error ?? failure;
              if (reason === null) observer.complete();
              else fail(reason);
            },
          });
          return () => stream.close();
        }
        send({ path, isMutation: type === 'mutation', input, signal: signal ?? null }).then((data) => {
          observer.next({ result: { type: 'data', data } });
          observer.complete();
        }, fail);
        // A call is given up with its signal.
        return () => {};
      });
}

/** Throws, and so ends the stream, for what is no message. */
function messageIn(data: string): unknown {
  return transformer.deserialize(JSON.parse(data));
}

function streamError(data: string): Error {
  return errorOf({ error: JSON.parse(data) }) ?? toDatastoreError(new Error('the stream failed'));
}
