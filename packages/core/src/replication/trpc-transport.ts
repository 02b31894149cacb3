import type * as z from 'zod/mini';
import { pokeSchema } from '../protocol/changes.ts';
import { infoSchema } from '../protocol/info.ts';
import { type PullRequest, pullResponseSchema } from '../protocol/pull.ts';
import { type PushRequest, pushResponseSchema } from '../protocol/push.ts';
import { transformer } from '../protocol/transformer.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { errorOf, parseAnswer, resultIn, toDatastoreError } from './answer.ts';
import { openEventStream } from './event-stream.ts';
import { createFetchClient, type HttpClient, type HttpRequest, isLoopback } from './http-client.ts';
import type { ChangesListener, Transport } from './transport.ts';

/** A token, or a function that fetches a fresh one; it is called before every request and every stream. */
export type TokenSource = string | (() => string | Promise<string>);

/** Where the server is and how to prove who asks. */
export interface TrpcTransportOptions {
  /** Base of the tRPC routes, e.g. `https://sync.example.com/trpc`. */
  readonly url: string;
  readonly token: TokenSource;
  /** Longest wait for one answer, milliseconds. Default 60,000. */
  readonly timeoutMs?: number;
  /** How requests are made. Default: by fetch. */
  readonly http?: HttpClient;
}

/** Length from which on the body of a request is packed, in characters. */
const PACK_FROM = 8 * 1024;

/**
 * The transport over tRPC: each call is the request that its `httpLink` would send, and pokes are the server-sent events
 * that it makes of a subscription. Its client is not used: it takes longer over a call than everything else here does.
 */
export function createTrpcTransport(options: TrpcTransportOptions): Transport {
  const { url, timeoutMs = 60_000 } = options;
  const http = options.http ?? createFetchClient({ fetch: fetchHere, compression: !isLoopback(url) });
  const authorization = async () => ({ authorization: `Bearer ${await tokenOf(options.token)}` });
  let unpacks: Promise<boolean> | undefined;

  async function ask<S extends z.ZodMiniType>(call: Call<S>, given: AbortSignal): Promise<z.output<S>> {
    const { signal, done } = withTimeout(given, timeoutMs);
    try {
      const request = await requestOf(call, signal);
      const response = await http.request(`${url}/${call.path}`, request);
      return parseAnswer(call.schema, resultIn(response.status, await response.text()));
    } catch (error) {
      throw toDatastoreError(error);
    } finally {
      done();
    }
  }

  async function requestOf({ message }: Call<z.ZodMiniType>, signal: AbortSignal): Promise<HttpRequest> {
    const headers = await authorization();
    if (message === undefined) return { method: 'GET', headers, signal };
    const request = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, signal } as const;
    // A message is plain JSON, which the transformer would leave as it is.
    const body = JSON.stringify({ json: message });
    if (http.gzip === undefined || body.length < PACK_FROM || !(await serverUnpacks(signal)))
      return { ...request, body };
    return { ...request, headers: { ...request.headers, 'content-encoding': 'gzip' }, body: await http.gzip(body) };
  }

  /** Asked once; where the answer does not come it is asked for again with the next large request. */
  function serverUnpacks(signal: AbortSignal): Promise<boolean> {
    unpacks ??= info(signal).then(
      ({ encodings }) => encodings.includes('gzip'),
      () => {
        unpacks = undefined;
        return false;
      },
    );
    return unpacks;
  }

  const info = (signal: AbortSignal) => ask({ path: 'info', message: undefined, schema: infoSchema }, signal);
  return {
    info,
    pull: (message, signal) => ask({ path: 'pull', message, schema: pullResponseSchema }, signal),
    push: (message, signal) => ask({ path: 'push', message, schema: pushResponseSchema }, signal),
    changes(datastores, listener) {
      const input = JSON.stringify({ json: { protocol: PROTOCOL_VERSION, datastores } });
      let failure: Error | null = null;
      return openEventStream({
        url: `${url}/changes?input=${encodeURIComponent(input)}`,
        http,
        headers: authorization,
        event: (name, data) => {
          if (name === 'message') tell(listener, data);
          if (name === 'serialized-error') failure = streamError(data);
          return name !== 'serialized-error' && name !== 'return';
        },
        ended: (error) => listener.ended(error ?? failure),
      });
    },
    close: () => http.close?.(),
  };
}

interface Call<S extends z.ZodMiniType> {
  readonly path: 'info' | 'pull' | 'push';
  /** Undefined for a query without input. */
  readonly message: PullRequest | PushRequest | undefined;
  readonly schema: S;
}

const fetchHere: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init);

/** A signal that aborts with the given one, or after a time. `done` lets go of both. */
function withTimeout(given: AbortSignal, timeoutMs: number) {
  const abort = new AbortController();
  const stop = () => abort.abort(given.reason);
  const timer = setTimeout(() => abort.abort(new Error(`nothing came for ${timeoutMs} ms`)), timeoutMs);
  given.addEventListener('abort', stop, { once: true });
  if (given.aborted) stop();
  const done = () => {
    clearTimeout(timer);
    given.removeEventListener('abort', stop);
  };
  return { signal: abort.signal, done };
}

async function tokenOf(source: TokenSource): Promise<string> {
  return typeof source === 'function' ? source() : source;
}

/** Something that is no poke is passed over: what it may have said is pulled sooner or later. */
function tell(listener: ChangesListener, data: string): void {
  const poke = pokeSchema.safeParse(transformer.deserialize(JSON.parse(data)));
  if (poke.success) listener.poke(poke.data);
}

function streamError(data: string): Error {
  return errorOf({ error: JSON.parse(data) }) ?? toDatastoreError(new Error('the stream failed'));
}
