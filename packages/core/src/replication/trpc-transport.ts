import { createTRPCClient, TRPCClientError } from '@trpc/client';
import { pokeSchema } from '../protocol/changes.ts';
import { digestResponseSchema } from '../protocol/digest.ts';
import { infoSchema } from '../protocol/info.ts';
import { pullResponseSchema } from '../protocol/pull.ts';
import { pushResponseSchema } from '../protocol/push.ts';
import type { ReplicationRouter } from '../protocol/router.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { parseAnswer, toDatastoreError } from './answer.ts';
import { createFetchClient, type HttpClient, isLoopback } from './http-client.ts';
import { createHttpLink } from './http-link.ts';
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
  /** How requests are made. Default: by `fetch`. */
  readonly http?: HttpClient;
  /** Default: that of the platform. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The transport over tRPC: one call a request, and one stream of server-sent events for the pokes of all datastores. */
export function createTrpcTransport(options: TrpcTransportOptions): Transport {
  const { url, timeoutMs = 60_000 } = options;
  const http = options.http ?? createFetchClient({ fetch: options.fetch ?? fetchHere, compression: !isLoopback(url) });
  const headers = async () => ({ authorization: `Bearer ${await tokenOf(options.token)}` });
  const client = createTRPCClient<ReplicationRouter>({ links: [createHttpLink({ url, http, headers, timeoutMs })] });
  return {
    info: async (signal) => parseAnswer(infoSchema, await answered(client.info.query(undefined, { signal }))),
    pull: async (request, signal) =>
      parseAnswer(pullResponseSchema, await answered(client.pull.mutate(request, { signal }))),
    push: async (request, signal) =>
      parseAnswer(pushResponseSchema, await answered(client.push.mutate(request, { signal }))),
    digest: async (request, signal) =>
      parseAnswer(digestResponseSchema, await answered(client.digest.mutate(request, { signal }))),
    changes(wanted, listener) {
      const request = { ...wanted, protocol: PROTOCOL_VERSION };
      const stream = client.changes.subscribe(request, {
        // Something that is no poke is passed over: what it may have said is pulled sooner or later.
        onData: (data) => {
          const poke = pokeSchema.safeParse(data);
          if (poke.success) listener.poke(poke.data);
        },
        onError: (error) => listener.ended(errorIn(error)),
        onComplete: () => listener.ended(null),
      });
      return { close: () => stream.unsubscribe() };
    },
    close: () => http.close?.(),
  };
}

const fetchHere: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init);

async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw errorIn(error);
  }
}

/** What the client of tRPC wraps. */
function errorIn(error: unknown): Error {
  return toDatastoreError(error instanceof TRPCClientError ? (error.cause ?? error) : error);
}

async function tokenOf(source: TokenSource): Promise<string> {
  return typeof source === 'function' ? source() : source;
}
