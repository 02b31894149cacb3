import {
  isDigestResponse,
  isNoteResponse,
  isPullResponse,
  isPushResponse,
  isServerInfo,
} from '../protocol/answer-guards.ts';
import type { Guard } from '../protocol/guard.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { checkedAnswer, toDatastoreError } from './answer.ts';
import { createHttpCalls } from './http-call.ts';
import { createFetchClient, type HttpClient, isLoopback } from './http-client.ts';
import { openPokeStream } from './poke-stream.ts';
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

/**
 * The transport over tRPC: one call a request, and one stream of server-sent events for the pokes of all datastores. Calls
 * are those that a client of tRPC would make; that client itself, with its links, is as large as all of this together.
 */
export function createTrpcTransport(options: TrpcTransportOptions): Transport {
  const { url, timeoutMs = 60_000 } = options;
  const http = options.http ?? createFetchClient({ fetch: options.fetch ?? fetchHere, compression: !isLoopback(url) });
  const headers = async () => ({ authorization: `Bearer ${await tokenOf(options.token)}` });
  const send = createHttpCalls({ url, http, headers, timeoutMs });

  async function ask<T>(path: string, isAnswer: Guard<T>, call: { input?: unknown; signal: AbortSignal }): Promise<T> {
    const asked = { path, isMutation: call.input !== undefined, input: call.input, signal: call.signal };
    const answer = await send(asked).catch((error: unknown) => {
      throw toDatastoreError(error);
    });
    return checkedAnswer(isAnswer, answer);
  }

  return {
    info: (signal) => ask('info', isServerInfo, { signal }),
    pull: (input, signal) => ask('pull', isPullResponse, { input, signal }),
    push: (input, signal) => ask('push', isPushResponse, { input, signal }),
    digest: (input, signal) => ask('digest', isDigestResponse, { input, signal }),
    note: (noted, signal) => ask('note', isNoteResponse, { input: { ...noted, protocol: PROTOCOL_VERSION }, signal }),
    changes: (wanted, listener) =>
      openPokeStream({ url, http, headers }, { ...wanted, protocol: PROTOCOL_VERSION }, listener),
    close: () => http.close?.(),
  };
}

const fetchHere: typeof globalThis.fetch = (input, init) => globalThis.fetch(input, init);

async function tokenOf(source: TokenSource): Promise<string> {
  return typeof source === 'function' ? source() : source;
}
