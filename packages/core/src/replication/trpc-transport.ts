import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink } from '@trpc/client';
import { EventSource } from 'eventsource';
import { pokeSchema } from '../protocol/changes.ts';
import { infoSchema } from '../protocol/info.ts';
import { pullResponseSchema } from '../protocol/pull.ts';
import { pushResponseSchema } from '../protocol/push.ts';
import type { ReplicationRouter } from '../protocol/router.ts';
import { transformer } from '../protocol/transformer.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { parseAnswer, toDatastoreError } from './answer.ts';
import type { Transport } from './transport.ts';

/** A token, or a function that fetches a fresh one; it is called before every request and every stream. */
export type TokenSource = string | (() => string | Promise<string>);

/** Where the server is and how to prove who asks. */
export interface TrpcTransportOptions {
  /** Base of the tRPC routes, e.g. `https://sync.example.com/trpc`. */
  readonly url: string;
  readonly token: TokenSource;
  /** Longest wait for one answer, milliseconds. Default 60,000. */
  readonly timeoutMs?: number;
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * The transport over tRPC. Pull and push go one by one over `httpLink`: in a batch, one aborted call could not be aborted
 * and a large answer would hold up its neighbours. Pokes come as server-sent events through a fetch-based event source,
 * because Node 20 has none and a browser's cannot send a header, and a token does not belong into a URL.
 */
export function createTrpcTransport(options: TrpcTransportOptions): Transport {
  const fetchNow = options.fetch ?? globalThis.fetch.bind(globalThis);
  const timeoutMs = options.timeoutMs ?? 60_000;
  const authorization = async () => ({ authorization: `Bearer ${await tokenOf(options.token)}` });
  const client = createTRPCClient<ReplicationRouter>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: httpSubscriptionLink({
          url: options.url,
          transformer,
          EventSource,
          eventSourceOptions: async () => ({
            fetch: async (input: string | URL, init: RequestInit) =>
              fetchNow(input, { ...init, headers: { ...(init.headers as object), ...(await authorization()) } }),
          }),
        }),
        false: httpLink({ url: options.url, transformer, headers: authorization, fetch: fetchNow as never }),
      }),
    ],
  });
  const ask = async <T>(signal: AbortSignal, call: (signal: AbortSignal) => Promise<T>): Promise<T> => {
    try {
      return await call(AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
    } catch (error) {
      throw toDatastoreError(error);
    }
  };

  return {
    info: (signal) =>
      ask(signal, async (s) => parseAnswer(infoSchema, await client.info.query(undefined, { signal: s }))),
    pull: (request, signal) =>
      ask(signal, async (s) => parseAnswer(pullResponseSchema, await client.pull.mutate(request, { signal: s }))),
    push: (request, signal) =>
      ask(signal, async (s) => parseAnswer(pushResponseSchema, await client.push.mutate(request, { signal: s }))),
    changes(datastores, listener) {
      let over = false;
      const end = (error: Error | null) => {
        if (over) return;
        over = true;
        subscription.unsubscribe();
        listener.ended(error);
      };
      const subscription = client.changes.subscribe(
        { protocol: PROTOCOL_VERSION, datastores: { ...datastores } },
        {
          onData: (data) => {
            const poke = pokeSchema.safeParse(data);
            if (poke.success) listener.poke(poke.data);
          },
          // The link goes on reconnecting by itself with the token it began with; a fresh stream asks for a fresh token.
          onConnectionStateChange: ({ state, error }) => {
            if (state === 'connecting' && error) queueMicrotask(() => end(toDatastoreError(error)));
          },
          onError: (error) => queueMicrotask(() => end(toDatastoreError(error))),
          onComplete: () => queueMicrotask(() => end(null)),
        },
      );
      return {
        close() {
          over = true;
          subscription.unsubscribe();
        },
      };
    },
  };
}

async function tokenOf(source: TokenSource): Promise<string> {
  return typeof source === 'function' ? source() : source;
}
